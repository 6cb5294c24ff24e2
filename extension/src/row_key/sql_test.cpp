// SQL functions by which the tests of row_key ask it. The install script does not create them; the test
// scripts do.

#include "row_key/test_column.h"

#include "compat.h"

extern "C" {
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/ruleutils.h"
}

namespace freshet {
namespace {

RowKeyCodec* codec_of_argument(FunctionCallInfo fcinfo, int argument) {
  return row_key_codec(get_fn_expr_argtype(fcinfo->flinfo, argument), PG_GET_COLLATION());
}

bytea* as_bytea(const void* data, int size) {
  auto* result = static_cast<bytea*>(palloc(VARHDRSZ + size));
  SET_VARSIZE(result, VARHDRSZ + size);
  memcpy(VARDATA(result), data, size);
  return result;
}

wire::SipKey key_of(const text* hex) {
  wire::SipKey key;
  if (!wire::parse_sip_key({VARDATA_ANY(hex), static_cast<size_t>(VARSIZE_ANY_EXHDR(hex))}, &key))
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a key has 32 hexadecimal digits")));
  return key;
}

}  // namespace
}  // namespace freshet

// (value "any") RETURNS bigint; NULL: the type has no equality hash.
FRESHET_FUNCTION(freshet_test_eq) {
  uint64 hash;
  if (!freshet::row_key_eq(freshet::codec_of_argument(fcinfo, 0), PG_GETARG_DATUM(0), &hash))
    PG_RETURN_NULL();
  PG_RETURN_INT64(static_cast<int64>(hash));
}

// (value "any") RETURNS bytea; NULL: no order key.
FRESHET_FUNCTION(freshet_test_order) {
  StringInfoData key;
  initStringInfo(&key);
  if (!freshet::row_key_order(freshet::codec_of_argument(fcinfo, 0), PG_GETARG_DATUM(0), &key))
    PG_RETURN_NULL();
  PG_RETURN_BYTEA_P(freshet::as_bytea(key.data, key.len));
}

// (value "any", key text) RETURNS bytea
FRESHET_FUNCTION(freshet_test_image) {
  const freshet::wire::Hash128 image = freshet::row_key_image(
      freshet::codec_of_argument(fcinfo, 0), PG_GETARG_DATUM(0), freshet::key_of(PG_GETARG_TEXT_PP(1)));
  PG_RETURN_BYTEA_P(freshet::as_bytea(image.bytes, sizeof image.bytes));
}

// (column "any", operand "any") RETURNS bigint; NULL: cannot.
FRESHET_FUNCTION(freshet_test_operand_eq) {
  uint64 hash;
  if (!freshet::row_key_operand_eq(freshet::codec_of_argument(fcinfo, 0),
                                   get_fn_expr_argtype(fcinfo->flinfo, 1), PG_GETARG_DATUM(1), &hash))
    PG_RETURN_NULL();
  PG_RETURN_INT64(static_cast<int64>(hash));
}

// (column "any", operand "any") RETURNS bytea; NULL: cannot.
FRESHET_FUNCTION(freshet_test_operand_order) {
  StringInfoData key;
  initStringInfo(&key);
  if (!freshet::row_key_operand_order(freshet::codec_of_argument(fcinfo, 0),
                                      get_fn_expr_argtype(fcinfo->flinfo, 1), PG_GETARG_DATUM(1), &key))
    PG_RETURN_NULL();
  PG_RETURN_BYTEA_P(freshet::as_bytea(key.data, key.len));
}

// (type regtype, column_collation oid, op regoperator, collation oid) RETURNS bool
FRESHET_FUNCTION(freshet_test_is_equality) {
  PG_RETURN_BOOL(freshet::row_key_is_equality(freshet::row_key_codec(PG_GETARG_OID(0), PG_GETARG_OID(1)),
                                              PG_GETARG_OID(2), PG_GETARG_OID(3)));
}

// (type regtype, column_collation oid, op regoperator, collation oid) RETURNS int
FRESHET_FUNCTION(freshet_test_strategy) {
  PG_RETURN_INT32(freshet::row_key_order_strategy(freshet::row_key_codec(PG_GETARG_OID(0), PG_GETARG_OID(1)),
                                                  PG_GETARG_OID(2), PG_GETARG_OID(3)));
}

// Number of the n-th (from 1) expression column of a table.
FRESHET_FUNCTION(freshet_test_expression) {
  using namespace freshet;
  Relation relation = RelationIdGetRelation(PG_GETARG_OID(0));
  ExpressionColumn* columns;
  const int count = RelationIsValid(relation) ? expression_columns(relation, true, &columns) : 0;
  if (RelationIsValid(relation)) RelationClose(relation);
  if (PG_GETARG_INT32(1) < 1 || PG_GETARG_INT32(1) > count) PG_RETURN_NULL();
  PG_RETURN_INT64(static_cast<int64>(columns[PG_GETARG_INT32(1) - 1].id));
}

// (table oid, expression text) RETURNS text: the condition of a test as SQL has it.
FRESHET_FUNCTION(freshet_test_condition_text) {
  using namespace freshet;
  Relation relation = RelationIdGetRelation(PG_GETARG_OID(0));
  if (!RelationIsValid(relation)) PG_RETURN_NULL();
  const text* expression = PG_GETARG_TEXT_PP(1);
  Node* condition = read_test({reinterpret_cast<const uint8*>(VARDATA_ANY(expression)),
                               static_cast<Size>(VARSIZE_ANY_EXHDR(expression))},
                              RelationGetDescr(relation));
  List* names = deparse_context_for(RelationGetRelationName(relation), PG_GETARG_OID(0));
  RelationClose(relation);
  if (condition == nullptr) PG_RETURN_NULL();
  PG_RETURN_TEXT_P(cstring_to_text(deparse_expression(condition, names, false, false)));
}
