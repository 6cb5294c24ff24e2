#include "registry/function_shape.h"

#include "call/json_type.h"
#include "shape/expression.h"
#include "shape/rows.h"
#include "shape/type_shape.h"

extern "C" {
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

// The last query of a SQL body, nullptr where there is none to look at.
Query* last_query(List* queries) {
  if (queries == NIL) return nullptr;
  Query* query = llast_node(Query, queries);
  return query->commandType == CMD_UTILITY ? nullptr : query;
}

bool may_skip_the_body(const Function* function) {
  if (!func_strict(function->oid)) return false;
  for (int i = 0; i < function->argument_count; i++)
    if (function->arguments[i].nullable) return true;
  return false;
}

// What the function declares of a value, and the body shows. That a NOT NULL domain holds none is not
// enforced by SQL functions, whose result is what their query gives; of the others the encoder enforces it.
const Shape* declared_value(const Function* function, const Shape* computed, Oid type) {
  if (computed != nullptr) return typed_like(computed, type);
  return type_shape(type, !function->domains_enforced || may_hold_null(type));
}

PallocVector<Form_pg_attribute> live_columns(TupleDesc columns) {
  PallocVector<Form_pg_attribute> result;
  for (int i = 0; i < columns->natts; i++)
    if (!TupleDescAttr(columns, i)->attisdropped) result.push(TupleDescAttr(columns, i));
  return result;
}

// What the body computes for each column; nullptr where it does not say. A row made in one piece (SELECT t
// FROM t) has one target whatever the number of columns.
PallocVector<const Shape*> computed_columns(const Scope* scope,
                                            const PallocVector<Form_pg_attribute>& columns,
                                            bool* row_may_be_null) {
  PallocVector<const Shape*> result;
  *row_may_be_null = false;
  int targets = scope == nullptr ? 0 : list_length(returned_targets(scope->query));
  const Shape* first = targets == 1 ? result_column(*scope, 1) : nullptr;
  bool whole = first != nullptr && first->kind == ShapeKind::kObject && !first->in_json &&
               (columns.size != 1 || !type_is_rowtype(columns[0]->atttypid));
  if (whole) *row_may_be_null = first->nullable;
  for (int i = 0; i < columns.size; i++) {
    if (whole && first->members.size == columns.size)
      result.push(
          with_nullable(first->members[i].shape, first->members[i].shape->nullable || first->nullable));
    else if (!whole && targets == columns.size)
      result.push(result_column(*scope, i + 1));
    else
      result.push(nullptr);
  }
  return result;
}

const Shape* row_shape(const Function* function, const Scope* scope, bool* may_be_null) {
  const ResultShape& result = function->result;
  TupleDesc descriptor =
      result.columns != nullptr ? result.columns : composite_descriptor(json_type(result.type), -1);
  PallocVector<Form_pg_attribute> columns = live_columns(descriptor);
  PallocVector<const Shape*> computed = computed_columns(scope, columns, may_be_null);
  PallocVector<ShapeMember> members;
  for (int i = 0; i < columns.size; i++)
    members.push({pstrdup(NameStr(columns[i]->attname)),
                  declared_value(function, computed[i], columns[i]->atttypid), true});
  if (result.columns == nullptr) ReleaseTupleDesc(descriptor);
  return object_shape(members);
}

const Shape* one_shape(const Function* function, const Scope* scope) {
  const ResultShape& result = function->result;
  if (result.form == ResultForm::kObject) {
    bool may_be_null = false;
    const Shape* row = row_shape(function, scope, &may_be_null);
    return with_nullable(row, may_be_null && !result.is_set);
  }
  bool has_target = scope != nullptr && list_length(returned_targets(scope->query)) == 1;
  return declared_value(function, has_target ? result_column(*scope, 1) : nullptr, result.type);
}

const Shape* never_null(const Shape* shape) {
  Shape* result = static_cast<Shape*>(palloc(sizeof(Shape)));
  memcpy(static_cast<void*>(result), shape, sizeof(Shape));
  result->nullable = false;
  result->json_null = shape->kind == ShapeKind::kAny;
  return result;
}

const Shape* argument_shape(const Argument& argument, const Scope& nowhere) {
  if (argument.required || argument.nullable) return type_shape(argument.type, argument.nullable);
  // A default may be NULL without being that constant.
  return type_shape(argument.type, expression_shape(nowhere, argument.default_expression)->nullable);
}

}  // namespace

Parameters argument_shapes(const Function* function, int* steps_left) {
  Parameters none = {{}, steps_left};
  Query* query = makeNode(Query);
  query->jointree = makeFromExpr(NIL, nullptr);
  Scope nowhere = scope_of(&none, query, nullptr, 0);
  Parameters parameters = {{}, steps_left};
  for (int i = 0; i < function->argument_count; i++)
    parameters.shapes.push(argument_shape(function->arguments[i], nowhere));
  return parameters;
}

const Shape* result_shape(const Function* function, const Parameters& parameters, List* queries) {
  const ResultShape& result = function->result;
  if (result.form == ResultForm::kVoid) return type_shape(VOIDOID, true);
  Query* query = last_query(queries);
  Scope scope = {};
  if (query != nullptr) scope = scope_of(&parameters, query, nullptr, 0);
  const Shape* one = one_shape(function, query != nullptr ? &scope : nullptr);
  if (result.is_set && function->row.cardinality == RowPromise::kMany) return array_shape(InvalidOid, one);
  // Without a value the call is not_found.
  if (function->row.cardinality == RowPromise::kOne) return never_null(one);
  bool has_row = query != nullptr && gives_a_row(query) && !may_skip_the_body(function);
  return with_nullable(one, one->nullable || !has_row);
}

}  // namespace freshet
