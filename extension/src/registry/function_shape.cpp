#include "registry/function_shape.h"

#include "call/json_read.h"
#include "call/json_type.h"
#include "errors.h"
#include "registry/number_forms.h"
#include "registry/sql_body.h"
#include "shape/declared_shape.h"
#include "shape/expression.h"
#include "shape/number_forms.h"
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

bool is_json(Oid type) {
  const JsonType* known = json_type(type);
  return known != nullptr && (known->shape == JsonShape::kJson || known->shape == JsonShape::kJsonb);
}

[[noreturn]] void refuse_declaration(const Function* function, const char* why) {
  ereport(ERROR, (errcode(kNotExposable), errmsg("%s cannot be exposed: %s", function->path, why)));
  pg_unreachable();
}

bool is_declared_not_null(const Function* function, const char* column) {
  const PallocVector<char*>& names = function->row.not_null;
  for (int i = 0; i < names.size; i++)
    if (strcmp(names[i], "*") == 0 || (column != nullptr && strcmp(names[i], column) == 0)) return true;
  return false;
}

// A declaration beside what is known without it: of json it says all, of other types that they are not NULL.
const Shape* with_declared(const Function* function, const Shape* shape, Oid type, const Shape* declared,
                           const char* column) {
  const char* what = column != nullptr ? psprintf("column \"%s\"", column) : "its result";
  if (declared != nullptr && is_json(type)) {
    shape = embedded_shape(declared);
  } else if (declared != nullptr) {
    if (declared->type != type)
      refuse_declaration(
          function, psprintf("%s has type %s, and returns says something else", what, format_type_be(type)));
    shape = with_nullable(shape, shape->nullable && declared->nullable);
  }
  return is_declared_not_null(function, column) ? with_nullable(shape, false) : shape;
}

const Shape* declared_result(const Function* function) {
  if (function->row.returns == nullptr) return nullptr;
  return declared_shape(function->row.returns, function->path);
}

bool has_column(const PallocVector<ShapeMember>& members, const char* name) {
  for (int i = 0; i < members.size; i++)
    if (strcmp(members[i].name, name) == 0) return true;
  return false;
}

void check_names(const Function* function, const PallocVector<ShapeMember>& members, const Shape* declared) {
  for (int i = 0; i < function->row.not_null.size; i++)
    if (strcmp(function->row.not_null[i], "*") != 0 && !has_column(members, function->row.not_null[i]))
      refuse_declaration(function, psprintf("not_null names \"%s\", which is no column of its result",
                                            function->row.not_null[i]));
  if (declared == nullptr) return;
  if (declared->kind != ShapeKind::kObject)
    refuse_declaration(function, "it gives rows, and returns declares none: write '(column type, ...)'");
  for (int i = 0; i < declared->members.size; i++)
    if (!has_column(members, declared->members[i].name))
      refuse_declaration(function, psprintf("returns declares \"%s\", which is no column of its result",
                                            declared->members[i].name));
}

const Shape* row_shape(const Function* function, const Scope* scope, bool* may_be_null) {
  const ResultShape& result = function->result;
  TupleDesc descriptor =
      result.columns != nullptr ? result.columns : composite_descriptor(json_type(result.type), -1);
  PallocVector<Form_pg_attribute> columns = live_columns(descriptor);
  PallocVector<const Shape*> computed = computed_columns(scope, columns, may_be_null);
  const Shape* declared = declared_result(function);
  PallocVector<ShapeMember> members;
  for (int i = 0; i < columns.size; i++) {
    char* name = pstrdup(NameStr(columns[i]->attname));
    Oid type = columns[i]->atttypid;
    const Shape* value = declared_value(function, computed[i], type);
    // Of a table's row that the body does not show, the column is known all the same.
    if (computed[i] == nullptr && result.columns == nullptr)
      value = with_form(value, number_form_of_column(json_type(result.type)->relation, columns[i]->attnum));
    const ShapeMember* said = declared != nullptr ? member_named(declared, name) : nullptr;
    members.push(
        {name, with_declared(function, value, type, said != nullptr ? said->shape : nullptr, name), true});
  }
  check_names(function, members, declared);
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
  const Shape* value = declared_value(function, has_target ? result_column(*scope, 1) : nullptr, result.type);
  check_names(function, {}, nullptr);
  return with_declared(function, value, result.type, declared_result(function), nullptr);
}

// What `numbers` of expose() says of a type or a column.
NumberForm declared_form(const Function* function, const char* key) {
  JsonValue declared;
  JsonSyntaxError error;
  const char* text = function->row.numbers;
  if (!json_parse(text, strlen(text), &declared, &error)) return NumberForm::kUndeclared;
  const JsonValue* form = json_member(&declared, key);
  return form != nullptr && form->kind == JsonKind::kString ? number_form_named(form->text)
                                                            : NumberForm::kUndeclared;
}

FunctionNumbers function_numbers(const Function* function) {
  return {declared_form(function, "bigint"), declared_form(function, "numeric")};
}

const Shape* with_decided_numbers(const Function* function, const Shape* one, bool* deviates) {
  const FunctionNumbers numbers = function_numbers(function);
  if (function->result.form != ResultForm::kObject || one->kind != ShapeKind::kObject)
    return with_number_forms(one, numbers, NumberForm::kUndeclared, deviates);
  Shape* row = static_cast<Shape*>(palloc(sizeof(Shape)));
  memcpy(static_cast<void*>(row), one, sizeof(Shape));
  row->members = {};
  for (int i = 0; i < one->members.size; i++) {
    const ShapeMember& member = one->members[i];
    row->members.push(
        {member.name,
         with_number_forms(member.shape, numbers, declared_form(function, member.name), deviates),
         member.required});
  }
  return row;
}

void check_numbers(const Function* function, const Shape* one) {
  JsonValue declared;
  JsonSyntaxError error;
  const char* text = function->row.numbers;
  if (!json_parse(text, strlen(text), &declared, &error)) return;
  for (int i = 0; i < declared.count; i++) {
    const JsonMember& member = declared.members[i];
    const bool is_type = strcmp(member.name, "bigint") == 0 || strcmp(member.name, "numeric") == 0;
    if (!is_type && (one->kind != ShapeKind::kObject || !has_column(one->members, member.name)))
      refuse_declaration(function,
                         psprintf("numbers names \"%s\", which is neither bigint, numeric nor a column "
                                  "of its result",
                                  member.name));
    if (member.value.kind != JsonKind::kString ||
        number_form_named(member.value.text) == NumberForm::kUndeclared)
      refuse_declaration(function,
                         psprintf("numbers must say \"number\" or \"string\" of \"%s\"", member.name));
  }
}

// Whether a value of the type alone could depart from it.
bool promises(const Shape* shape) {
  if (!may_be_null(shape)) return true;
  for (int i = 0; i < shape->members.size; i++)
    if (promises(shape->members[i].shape)) return true;
  return shape->items != nullptr && promises(shape->items);
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
  bool deviates = false;
  const Shape* one =
      with_decided_numbers(function, one_shape(function, query != nullptr ? &scope : nullptr), &deviates);
  if (result.is_set && function->row.cardinality == RowPromise::kMany) return array_shape(InvalidOid, one);
  // Without a value the call is not_found.
  if (function->row.cardinality == RowPromise::kOne) return never_null(one);
  if (is_declared_not_null(function, nullptr)) return one;
  bool has_row = query != nullptr && gives_a_row(query) && !may_skip_the_body(function);
  return with_nullable(one, one->nullable || !has_row);
}

const Shape* row_with_number_forms(const Function* function, bool* deviates) {
  *deviates = false;
  List* queries = NIL;
  char* source;
  if (read_sql_body(function->oid, &queries, &source) != SqlBody::kAnalysed) queries = NIL;
  int steps_left = kMaxShapeSteps;
  Parameters parameters = argument_shapes(function, &steps_left);
  Query* query = last_query(queries);
  Scope scope = {};
  if (query != nullptr) scope = scope_of(&parameters, query, nullptr, 0);
  return with_decided_numbers(function, one_shape(function, query != nullptr ? &scope : nullptr), deviates);
}

const Shape* decided_argument(const Function* function, const Shape* shape) {
  bool deviates = false;
  return with_number_forms(shape, function_numbers(function), NumberForm::kUndeclared, &deviates);
}

const Shape* result_contract(const Function* function) {
  const RegistryRow& row = function->row;
  bool declared = row.returns != nullptr || row.not_null.size > 0;
  if (function->result.form == ResultForm::kVoid || (!declared && !function->domains_enforced))
    return nullptr;
  const Shape* shape = one_shape(function, nullptr);
  // A row in one piece that is no row of a set may be missing.
  if (function->result.form == ResultForm::kObject && !function->result.is_set)
    shape = with_nullable(shape, !is_declared_not_null(function, nullptr));
  bool kept = !declared && shape->kind != ShapeKind::kObject && may_be_null(shape);
  if (!declared && shape->kind == ShapeKind::kObject) {
    kept = true;
    for (int i = 0; i < shape->members.size; i++) kept = kept && !promises(shape->members[i].shape);
  }
  return kept ? nullptr : shape;
}

void check_declarations(const Function* function) {
  if (function->result.form == ResultForm::kVoid) {
    if (function->row.returns != nullptr || function->row.not_null.size > 0)
      refuse_declaration(function, "it returns void, of which nothing can be declared");
    return;
  }
  check_numbers(function, one_shape(function, nullptr));
}

}  // namespace freshet
