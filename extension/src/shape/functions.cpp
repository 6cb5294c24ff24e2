#include "shape/functions.h"

#include "call/json_type.h"
#include "registry/sql_body.h"
#include "shape/expression.h"
#include "shape/json_functions.h"
#include "shape/rows.h"
#include "shape/total_functions.h"
#include "shape/type_shape.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

// How many functions deep a helper is looked into.
constexpr int kMaxDepth = 4;

bool any_null(const Scope& scope, List* arguments) {
  ListCell* cell;
  foreach (cell, arguments)
    if (expression_shape(scope, static_cast<Node*>(lfirst(cell)))->nullable) return true;
  return false;
}

// A cast to a length, or from one integer to another, leaves an id what it is.
bool leaves_id(Oid from, Oid to) {
  const JsonType* before = OidIsValid(from) ? json_type(from) : nullptr;
  const JsonType* after = OidIsValid(to) ? json_type(to) : nullptr;
  if (before == nullptr || after == nullptr) return false;
  auto is_integer = [](const JsonType* type) {
    return type->shape == JsonShape::kInteger || type->shape == JsonShape::kInt8;
  };
  return before->base == after->base || (is_integer(before) && is_integer(after)) ||
         (before->shape == JsonShape::kText && after->shape == JsonShape::kText);
}

// A SQL function that runs under the settings of its caller, so that its text means what it means here.
bool can_be_read(Oid function) {
  if (is_builtin(function)) return false;
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return false;
  Form_pg_proc row = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  bool result = row->prolang == SQLlanguageId && row->prokind == PROKIND_FUNCTION &&
                heap_attisnull(tuple, Anum_pg_proc_proconfig, nullptr);
  for (int i = 0; i < row->pronargs; i++)
    result = result && get_typtype(row->proargtypes.values[i]) != TYPTYPE_PSEUDO;
  ReleaseSysCache(tuple);
  return result;
}

// By the position of the parameter: named arguments stand in the order of the call, and what is left out has
// a default of which nothing is known.
PallocVector<const Shape*> arguments_of(const Scope& scope, FuncExpr* call) {
  PallocVector<const Shape*> shapes;
  int position = 0;
  ListCell* cell;
  foreach (cell, call->args) {
    Node* argument = static_cast<Node*>(lfirst(cell));
    if (IsA(argument, NamedArgExpr)) position = reinterpret_cast<NamedArgExpr*>(argument)->argnumber;
    while (shapes.size <= position) shapes.push(nullptr);
    shapes[position++] = expression_shape(scope, argument);
  }
  return shapes;
}

// SELECT t FROM t: the columns are not told apart.
bool gives_rows_in_one_piece(const FuncExpr* call, const Query* query) {
  List* targets = returned_targets(query);
  return list_length(targets) == 1 && type_is_rowtype(call->funcresulttype) &&
         type_is_rowtype(exprType(reinterpret_cast<Node*>(linitial_node(TargetEntry, targets)->expr)));
}

// Column `column` (from 1) of what a helper gives; nullptr when that cannot be seen. `empty`: it may give no
// row.
const Shape* helper_column(const Scope& scope, FuncExpr* call, int column, bool* empty) {
  if (scope.depth >= kMaxDepth || !can_be_read(call->funcid)) return nullptr;
  List* queries;
  char* source;
  if (read_sql_body(call->funcid, &queries, &source) != SqlBody::kAnalysed || queries == NIL) return nullptr;
  Query* query = llast_node(Query, queries);
  if (query->commandType == CMD_UTILITY || column > list_length(returned_targets(query))) return nullptr;
  if (gives_rows_in_one_piece(call, query)) return nullptr;
  Parameters parameters = {arguments_of(scope, call), scope.parameters->steps_left};
  bool skipped = func_strict(call->funcid) && any_null(scope, call->args);
  *empty = skipped || !gives_a_row(query);
  return result_column(scope_of(&parameters, query, nullptr, scope.depth + 1), column);
}

const Shape* helper_value(const Scope& scope, FuncExpr* call) {
  const Shape* plain = type_shape(call->funcresulttype, true);
  // A row that a helper gives may be one target or several.
  if (call->funcretset || plain->kind == ShapeKind::kObject || call->funcresulttype == RECORDOID)
    return plain;
  bool empty;
  const Shape* column = helper_column(scope, call, 1, &empty);
  if (column == nullptr) return plain;
  column = typed_like(column, call->funcresulttype);
  return with_nullable(column, column->nullable || empty);
}

bool is_own_function_without_null(const FuncExpr* call, const char* name) {
  static const char* const kOwn[] = {"now", "require", "require_user", nullptr};
  char* schema = get_namespace_name(get_func_namespace(call->funcid));
  return schema != nullptr && strcmp(schema, "freshet") == 0 && is_one_of(name, kOwn);
}

// Set-returning built-ins of one column, whose rows hold no NULL.
bool gives_no_null_rows(const char* name) {
  static const char* const kNames[] = {"generate_series",
                                       "generate_subscripts",
                                       "json_array_elements",
                                       "json_object_keys",
                                       "jsonb_array_elements",
                                       "jsonb_object_keys",
                                       "jsonb_path_query",
                                       "regexp_matches",
                                       "regexp_split_to_table",
                                       "string_to_table",
                                       nullptr};
  return is_one_of(name, kNames);
}

const Shape* rows_of_builtin(const Scope& scope, FuncExpr* call, const char* name, int column, Oid type) {
  if (strcmp(name, "unnest") == 0 && list_length(call->args) >= column) {
    const Shape* array = expression_shape(scope, static_cast<Node*>(list_nth(call->args, column - 1)));
    // Several arrays are filled up with NULLs; what multiranges hold is never NULL.
    if (array->kind != ShapeKind::kArray) return type_shape(type, list_length(call->args) > 1);
    const Shape* items = array->items;
    while (items->kind == ShapeKind::kArray && OidIsValid(items->type)) items = items->items;
    return with_nullable(items, items->nullable || list_length(call->args) > 1);
  }
  if (const Shape* json = json_rows_shape(scope, call, name, column)) return json;
  return type_shape(type, !gives_no_null_rows(name));
}

// Beside another set in the SELECT list a shorter one is filled up with NULLs.
bool stands_alone(const Query* query, const FuncExpr* call) {
  int sets = 0;
  bool is_target = false;
  ListCell* cell;
  foreach (cell, query->targetList) {
    Node* target = reinterpret_cast<Node*>(lfirst_node(TargetEntry, cell)->expr);
    sets += expression_returns_set(target);
    is_target = is_target || target == reinterpret_cast<const Node*>(call);
  }
  return sets == 1 && is_target;
}

// Column of one call in FROM: of a composite result, or the only one.
const Shape* column_of_call(const Scope& scope, Node* expression, int column, Oid type) {
  if (!IsA(expression, FuncExpr)) {
    const Shape* value = expression_shape(scope, expression);
    if (value->kind == ShapeKind::kObject)
      return column <= value->members.size ? value->members[column - 1].shape : type_shape(type, true);
    return value;
  }
  FuncExpr* call = reinterpret_cast<FuncExpr*>(expression);
  char* name = get_func_name(call->funcid);
  if (name == nullptr) return type_shape(type, true);
  if (is_builtin(call->funcid))
    return call->funcretset ? rows_of_builtin(scope, call, name, column, type)
                            : expression_shape(scope, expression);
  bool empty;
  const Shape* shape = helper_column(scope, call, column, &empty);
  if (shape == nullptr) return type_shape(type, true);
  shape = typed_like(shape, type);
  // A set without rows gives none; a single value without one gives a row of NULL.
  return call->funcretset ? shape : with_nullable(shape, shape->nullable || empty);
}

}  // namespace

const Shape* call_shape(const Scope& scope, FuncExpr* call) {
  char* name = get_func_name(call->funcid);
  if (name == nullptr) return type_shape(call->funcresulttype, true);
  if (!is_builtin(call->funcid)) {
    if (is_own_function_without_null(call, name)) return type_shape(call->funcresulttype, false);
    return helper_value(scope, call);
  }
  if (call->funcretset) {
    const Shape* row = rows_of_builtin(scope, call, name, 1, call->funcresulttype);
    return with_nullable(row, row->nullable || !stands_alone(scope.query, call));
  }
  if (const Shape* json = json_call_shape(scope, call, name)) return json;
  if (call->funcformat == COERCE_IMPLICIT_CAST || call->funcformat == COERCE_EXPLICIT_CAST) {
    const Shape* from = expression_shape(scope, static_cast<Node*>(linitial(call->args)));
    bool nullable = from->nullable || !is_total_cast(call);
    const Shape* to = type_shape(call->funcresulttype, nullable);
    return leaves_id(from->type, to->type) ? with_id(to, from->id) : to;
  }
  if (is_never_null_function(name)) return type_shape(call->funcresulttype, false);
  return type_shape(call->funcresulttype, !is_total_function(call, name) || any_null(scope, call->args));
}

const Shape* function_column(const Scope& scope, const RangeTblEntry* entry, int column, Oid type) {
  int before = 0;
  ListCell* cell;
  foreach (cell, entry->functions) {
    RangeTblFunction* function = lfirst_node(RangeTblFunction, cell);
    if (column <= before + function->funccolcount) {
      const Shape* shape =
          function->funccolnames != NIL
              ? type_shape(type, true)
              : column_of_call(scope, static_cast<Node*>(function->funcexpr), column - before, type);
      // ROWS FROM fills up the shorter ones.
      return with_nullable(shape, shape->nullable || list_length(entry->functions) > 1);
    }
    before += function->funccolcount;
  }
  return type_shape(type, !entry->funcordinality);
}

}  // namespace freshet
