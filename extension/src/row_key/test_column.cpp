#include "row_key/test_column.h"

#include "freshet_wire/read_set.hpp"
#include "freshet_wire/siphash.hpp"

#include "compat.h"
#include "mutant.h"

extern "C" {
#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

constexpr Size kMaxPath = 100;

// Results of other than fixed size, none of them much longer than the arguments together.
constexpr Oid kMakeLittle[] = {
    F_LOWER_TEXT,
    F_UPPER_TEXT,
    F_BTRIM_TEXT,
    F_LTRIM_TEXT,
    F_RTRIM_TEXT,
    F_SUBSTR_TEXT_INT4,
    F_SUBSTR_TEXT_INT4_INT4,
    F_LEFT,
    F_RIGHT,
    F_TEXTCAT,
    F_JSONB_OBJECT_FIELD,
    F_JSONB_OBJECT_FIELD_TEXT,
    F_JSONB_ARRAY_ELEMENT,
    F_JSONB_ARRAY_ELEMENT_TEXT,
    F_JSONB_EXTRACT_PATH,
    F_JSONB_EXTRACT_PATH_TEXT,
    F_NUMERIC_ADD,
    F_NUMERIC_SUB,
    F_NUMERIC_UMINUS,
    F_NUMERIC_INT2,
    F_NUMERIC_INT4,
    F_NUMERIC_INT8,
    F_NUMERIC_JSONB,
    F_TEXT_BPCHAR,
    F_TEXT_NAME,
    F_LOWER_ANYRANGE,
    F_UPPER_ANYRANGE,
};

// Argument types whose values may expand to anything.
bool is_open_ended(Oid type) { return type == XMLOID || type == JSONOID; }

int count_of(const char* text, char wanted) {
  int count = 0;
  for (; *text != '\0'; text++) count += *text == wanted;
  return count;
}

// A path is a program. Without regular expressions, descent to any depth and going back to the root it takes
// a few looks at each part of the document.
bool is_costly_path(Node* node) {
  if (exprType(node) != JSONPATHOID) return false;
  if (!IsA(node, Const)) return true;
  const Const* path = reinterpret_cast<const Const*>(node);
  if (path->constisnull) return false;
  const char* text = DatumGetCString(DirectFunctionCall1(jsonpath_out, path->constvalue));
  return strlen(text) > kMaxPath || strstr(text, "like_regex") != nullptr || strstr(text, "**") != nullptr ||
         count_of(text, '$') > 1 || count_of(text, '*') > 2;
}

bool is_costly(const FormData_pg_proc& proc) {
  if (strstr(NameStr(proc.proname), "regex") != nullptr) return true;
  for (int i = 0; i < proc.pronargs; i++) {
    if (is_open_ended(proc.proargtypes.values[i])) return true;
  }
  if (get_typlen(proc.prorettype) > 0) return false;
  for (const Oid function : kMakeLittle) {
    if (function == proc.oid) return false;
  }
  return true;
}

bool calls_costly_function(Oid function, void*) {
  const HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return true;
  const bool costly = is_costly(*reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple)));
  ReleaseSysCache(tuple);
  return costly;
}

// Comparing values of such a type, also inside of an array or a range, may call functions of people's.
bool is_open_type(Oid type) {
  type = getBaseType(type);
  const char kind = get_typtype(type);
  if (kind == TYPTYPE_ENUM) return false;
  if (kind == TYPTYPE_RANGE) return is_open_type(get_range_subtype(type));
  if (kind == TYPTYPE_MULTIRANGE) return is_open_type(get_multirange_range(type));
  const Oid element = get_element_type(type);
  if (OidIsValid(element)) return is_open_type(element);
  return kind != TYPTYPE_BASE || type >= FirstNormalObjectId;
}

bool has_costly_part(Node* node, void* context) {
  if (node == nullptr) return false;
  if ((IsA(node, Var) || IsA(node, Const)) && (is_open_type(exprType(node)) || is_costly_path(node)))
    return true;
  return check_functions_in_node(node, calls_costly_function, nullptr) ||
         walk_expression(node, has_costly_part, context);
}

}  // namespace

bool is_testable(Node* condition, TupleDesc columns) {
  return exprType(condition) == BOOLOID && is_computable(condition, columns) &&
         (FRESHET_MUTANT_IS(COSTLY_TESTS_TAKEN) || !has_costly_part(condition, nullptr)) &&
         inputs_of(condition) != nullptr;
}

bool write_test(Node* condition, const wire::SipKey& key, wire::Bytes* bytes, ColumnId* number) {
  const char* text = nodeToString(condition);
  const Size size = strlen(text);
  if (size > wire::kMaxTestBytes) return false;
  *bytes = {reinterpret_cast<const uint8*>(text), size};
  const wire::Hash128 hash = wire::siphash128(key, *bytes);
  uint64 bits;
  memcpy(&bits, hash.bytes, sizeof bits);
  *number = wire::kFirstTest | (bits & (wire::kFirstTest - 1));
  return true;
}

Node* read_test(wire::Bytes bytes, TupleDesc columns) {
  const char* text = pnstrdup(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  Node* condition = static_cast<Node*>(stringToNode(text));
  fix_opfuncids(condition);
  return is_testable(condition, columns) ? condition : nullptr;
}

}  // namespace freshet
