#include "registry/registry_write.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/guc.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

Datum text_array(const PallocVector<char*>& texts) {
  Datum* values = static_cast<Datum*>(palloc(sizeof(Datum) * Max(texts.size, 1)));
  for (int i = 0; i < texts.size; i++) values[i] = CStringGetTextDatum(texts[i]);
  return PointerGetDatum(construct_array(values, texts.size, TEXTOID, -1, false, TYPALIGN_INT));
}

}  // namespace

void execute_as_registry_owner(const char* sql, int count, const Oid* types, Datum* values,
                               const char* nulls) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(registry_relation()));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for the registry");
  Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
  ReleaseSysCache(tuple);
  Oid user;
  int security_context;
  GetUserIdAndSecContext(&user, &security_context);
  int level = NewGUCNestLevel();
  set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
                    0, false);
  SetUserIdAndSecContext(owner, security_context | SECURITY_LOCAL_USERID_CHANGE);
  int status = SPI_execute_with_args(sql, count, const_cast<Oid*>(types), values, nulls, false, 0);
  if (status < 0) elog(ERROR, "cannot write the registry: %s", SPI_result_code_string(status));
  SetUserIdAndSecContext(user, security_context);
  AtEOXact_GUC(false, level);
}

void write_registry_row(const RegistryRow& row) {
  static const char kSql[] =
      "INSERT INTO freshet.exposed AS e (schema_name, function_name, argument_types, kind, guard, public, "
      "max_rows, max_page, lockstep,"
      " deadline_ms, errors, cardinality, superuser, bypasses_row_security, search_path, page_order, "
      "returns, not_null, args, run_as, numbers, internal)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19::jsonb, "
      "$20, $21::jsonb, $22)"
      " ON CONFLICT (schema_name, function_name) DO UPDATE SET argument_types = $3, kind = $4, guard = $5, "
      "public = $6, max_rows = $7,"
      " max_page = $8, lockstep = $9, deadline_ms = $10, errors = $11, cardinality = $12, superuser = $13,"
      " bypasses_row_security = $14, search_path = $15, page_order = $16, returns = $17, not_null = $18, "
      "args = $19::jsonb, run_as = $20, numbers = $21::jsonb, internal = $22";
  static const Oid kTypes[] = {TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID,      BOOLOID,
                               INT4OID, INT4OID, BOOLOID,      INT4OID, TEXTARRAYOID, TEXTOID,
                               BOOLOID, BOOLOID, TEXTOID,      TEXTOID, TEXTOID,      TEXTARRAYOID,
                               TEXTOID, TEXTOID, TEXTOID,      BOOLOID};
  Datum values[] = {CStringGetTextDatum(row.schema),
                    CStringGetTextDatum(row.name),
                    text_array(row.argument_types),
                    CStringGetTextDatum(kind_name(row.kind)),
                    row.guard != nullptr ? CStringGetTextDatum(row.guard) : 0,
                    BoolGetDatum(row.is_public),
                    Int32GetDatum(row.max_rows),
                    Int32GetDatum(row.max_page),
                    BoolGetDatum(row.lockstep),
                    Int32GetDatum(row.deadline_ms),
                    text_array(row.errors),
                    CStringGetTextDatum(cardinality_name(row.cardinality)),
                    BoolGetDatum(row.superuser),
                    BoolGetDatum(row.bypasses_row_security),
                    CStringGetTextDatum(row.search_path),
                    row.page_order != nullptr ? CStringGetTextDatum(row.page_order) : 0,
                    row.returns != nullptr ? CStringGetTextDatum(row.returns) : 0,
                    text_array(row.not_null),
                    CStringGetTextDatum(row.arguments),
                    row.run_as != nullptr ? CStringGetTextDatum(row.run_as) : 0,
                    CStringGetTextDatum(row.numbers),
                    BoolGetDatum(row.internal)};
  char nulls[lengthof(values) + 1] = "                      ";
  if (row.guard == nullptr) nulls[4] = 'n';
  if (row.max_rows == 0) nulls[6] = 'n';
  if (row.max_page == 0) nulls[7] = 'n';
  if (row.deadline_ms == 0) nulls[9] = 'n';
  if (row.page_order == nullptr) nulls[15] = 'n';
  if (row.returns == nullptr) nulls[16] = 'n';
  if (row.run_as == nullptr) nulls[19] = 'n';
  execute_as_registry_owner(kSql, lengthof(values), kTypes, values, nulls);
}

}  // namespace freshet
