#include "shape/expression.h"

#include "call/json_type.h"
#include "call/json_write.h"
#include "shape/aggregates.h"
#include "shape/column.h"
#include "shape/functions.h"
#include "shape/grouping.h"
#include "shape/json_functions.h"
#include "shape/rows.h"
#include "shape/set_operation.h"
#include "shape/total_functions.h"
#include "shape/type_shape.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
}

namespace freshet {
namespace {

const Shape* of_type(Node* node, bool nullable) { return type_shape(exprType(node), nullable); }

bool none_null(const Scope& scope, List* expressions) {
  ListCell* cell;
  foreach (cell, expressions)
    if (expression_shape(scope, static_cast<Node*>(lfirst(cell)))->nullable) return false;
  return true;
}

Node* without_labels(Node* node) {
  while (IsA(node, RelabelType)) node = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg);
  return node;
}

const Shape* array_constant_shape(const Shape* type, ArrayType* value) {
  const Shape* items =
      ARR_NDIM(value) == 0 ? null_shape() : with_nullable(type->items, array_contains_nulls(value));
  for (int dimension = 1; dimension < ARR_NDIM(value); dimension++) items = array_shape(type->type, items);
  Shape* array = static_cast<Shape*>(palloc(sizeof(Shape)));
  memcpy(static_cast<void*>(array), type, sizeof(Shape));
  array->items = items;
  if (ARR_NDIM(value) == 0) array->count = 0;
  return array;
}

// A literal text is kept, so that json with `kind: 'a'` can be told from json with `kind: 'b'`.
const Shape* constant_shape(const Const* constant) {
  if (constant->constisnull) {
    const Shape* type = type_shape(constant->consttype, true);
    // A NULL of json adds no form to what it stands beside.
    return type->kind == ShapeKind::kAny ? null_shape() : type;
  }
  if (constant->consttype == JSONBOID || constant->consttype == JSONOID) return json_constant_shape(constant);
  // A literal without a type is text to those that take any.
  Oid oid = constant->consttype == UNKNOWNOID ? TEXTOID : constant->consttype;
  const Shape* type = type_shape(oid, false);
  Oid base = getBaseType(oid);
  if (type->kind == ShapeKind::kArray)
    return array_constant_shape(type, DatumGetArrayTypeP(constant->constvalue));
  if (type->kind != ShapeKind::kValue || (base != TEXTOID && base != VARCHAROID)) return type;
  Shape* literal = static_cast<Shape*>(palloc(sizeof(Shape)));
  memcpy(static_cast<void*>(literal), type, sizeof(Shape));
  StringInfoData json;
  initStringInfo(&json);
  char* value = constant->consttype == UNKNOWNOID ? DatumGetCString(constant->constvalue)
                                                  : TextDatumGetCString(constant->constvalue);
  append_json_string(&json, value, strlen(value));
  literal->constants.push(json.data);
  return literal;
}

const Shape* parameter_shape(const Scope& scope, const Param* parameter) {
  const PallocVector<const Shape*>& known = scope.parameters->shapes;
  if (parameter->paramkind == PARAM_EXTERN && parameter->paramid >= 1 && parameter->paramid <= known.size &&
      known[parameter->paramid - 1] != nullptr)
    return known[parameter->paramid - 1];
  return type_shape(parameter->paramtype, true);
}

const Shape* coalesce_shape(const Scope& scope, List* arguments) {
  const Shape* result = nullptr;
  ListCell* cell;
  foreach (cell, arguments) {
    const Shape* next = expression_shape(scope, static_cast<Node*>(lfirst(cell)));
    if (result == nullptr)
      result = next;
    else
      result = with_nullable(either_shape(result, next), result->nullable && next->nullable);
    if (!next->nullable) break;
  }
  return result;
}

const Shape* case_shape(const Scope& scope, CaseExpr* call) {
  const Shape* result = nullptr;
  Scope rest = scope;
  ListCell* cell;
  foreach (cell, call->args) {
    CaseWhen* when = lfirst_node(CaseWhen, cell);
    Node* condition = reinterpret_cast<Node*>(when->expr);
    const Shape* branch =
        expression_shape(call->arg == nullptr ? narrowed_scope(rest, condition, false) : rest,
                         reinterpret_cast<Node*>(when->result));
    result = result == nullptr ? branch : either_shape(result, branch);
    if (call->arg == nullptr) rest = narrowed_scope(rest, condition, true);
  }
  const Shape* otherwise = call->defresult == nullptr
                               ? null_shape()
                               : expression_shape(rest, reinterpret_cast<Node*>(call->defresult));
  return either_shape(result, otherwise);
}

const Shape* sublink_shape(const Scope& scope, SubLink* link) {
  Query* query = reinterpret_cast<Query*>(link->subselect);
  Scope inside = scope_of(scope.parameters, query, &scope, scope.depth);
  switch (link->subLinkType) {
    case EXISTS_SUBLINK:
      return type_shape(BOOLOID, false);
    case ARRAY_SUBLINK:
      return array_shape(exprType(reinterpret_cast<Node*>(link)), result_column(inside, 1));
    case EXPR_SUBLINK: {
      const Shape* column = result_column(inside, 1);
      return with_nullable(column, column->nullable || !gives_a_row(query));
    }
    case ANY_SUBLINK:
    case ALL_SUBLINK: {
      bool nullable =
          !IsA(link->testexpr, OpExpr) || result_column(inside, 1)->nullable ||
          expression_shape(scope,
                           static_cast<Node*>(linitial(reinterpret_cast<OpExpr*>(link->testexpr)->args)))
              ->nullable;
      return type_shape(BOOLOID, nullable);
    }
    default:
      return of_type(reinterpret_cast<Node*>(link), true);
  }
}

const Shape* row_shape(const Scope& scope, RowExpr* row) {
  Shape* shape = static_cast<Shape*>(palloc0(sizeof(Shape)));
  shape->kind = ShapeKind::kObject;
  shape->type = row->row_typeid == RECORDOID ? InvalidOid : row->row_typeid;
  shape->count = -1;
  TupleDesc type = row->row_typeid == RECORDOID ? nullptr : lookup_rowtype_tupdesc_copy(row->row_typeid, -1);
  for (int i = 0; i < list_length(row->args); i++) {
    if (type != nullptr && TupleDescAttr(type, i)->attisdropped) continue;
    const char* name = type != nullptr                  ? NameStr(TupleDescAttr(type, i)->attname)
                       : i < list_length(row->colnames) ? strVal(list_nth(row->colnames, i))
                                                        : psprintf("f%d", i + 1);
    shape->members.push({name, expression_shape(scope, static_cast<Node*>(list_nth(row->args, i))), true});
  }
  return shape;
}

const Shape* field_shape(const Scope& scope, FieldSelect* select) {
  Node* argument = reinterpret_cast<Node*>(select->arg);
  const Shape* row = expression_shape(scope, argument);
  const Shape* plain = type_shape(select->resulttype, true);
  Oid type = getBaseType(exprType(argument));
  if (row->kind != ShapeKind::kObject) return plain;
  const char* name = nullptr;
  if (type != RECORDOID && type_is_rowtype(type)) {
    TupleDesc columns = lookup_rowtype_tupdesc_copy(type, -1);
    if (select->fieldnum <= columns->natts)
      name = NameStr(TupleDescAttr(columns, select->fieldnum - 1)->attname);
  } else if (select->fieldnum <= row->members.size) {
    name = row->members[select->fieldnum - 1].name;
  }
  const ShapeMember* member = name == nullptr ? nullptr : member_named(row, name);
  return member == nullptr ? plain : with_nullable(member->shape, member->shape->nullable || row->nullable);
}

const Shape* array_expression_shape(const Scope& scope, ArrayExpr* array) {
  const Shape* items = nullptr;
  ListCell* cell;
  foreach (cell, array->elements) {
    const Shape* next = expression_shape(scope, static_cast<Node*>(lfirst(cell)));
    items = items == nullptr ? next : either_shape(items, next);
  }
  if (items == nullptr) return type_shape(array->array_typeid, false);
  return array_shape(array->array_typeid, items);
}

// A conversion of each element: what they are is the new type's affair, that they are NULL is not.
const Shape* array_conversion_shape(const Scope& scope, ArrayCoerceExpr* call) {
  const Shape* from = expression_shape(scope, reinterpret_cast<Node*>(call->arg));
  const Shape* to = type_shape(call->resulttype, from->nullable);
  if (from->kind != ShapeKind::kArray || to->kind != ShapeKind::kArray) return to;
  Shape* result = static_cast<Shape*>(palloc(sizeof(Shape)));
  memcpy(static_cast<void*>(result), to, sizeof(Shape));
  result->items =
      from->items->kind == ShapeKind::kArray ? from->items : with_nullable(to->items, from->items->nullable);
  return result;
}

const Shape* subscript_shape(const Scope& scope, SubscriptingRef* reference) {
  const Shape* container = expression_shape(scope, reinterpret_cast<Node*>(reference->refexpr));
  if (reference->reflowerindexpr != NIL && container->kind == ShapeKind::kArray)
    return with_nullable(container, !none_null(scope, reference->refupperindexpr) || container->nullable);
  if (container->kind == ShapeKind::kArray && list_length(reference->refupperindexpr) == 1 &&
      container->items->kind != ShapeKind::kArray)
    return with_nullable(container->items, true);
  return of_type(reinterpret_cast<Node*>(reference), true);
}

// x = ANY (array): NULL inside of the array makes a miss NULL.
const Shape* any_of_array_shape(const Scope& scope, ScalarArrayOpExpr* call) {
  const Shape* array = expression_shape(scope, static_cast<Node*>(lsecond(call->args)));
  bool whole = array->kind == ShapeKind::kArray && !array->items->nullable;
  return type_shape(BOOLOID,
                    !whole || !none_null(scope, call->args) || !is_total_operator(call->opno, call->args));
}

const Shape* shape_of(const Scope& scope, Node* node) {
  switch (nodeTag(node)) {
    case T_Var:
      return column_shape(scope, reinterpret_cast<Var*>(node));
    case T_Const:
      return constant_shape(reinterpret_cast<Const*>(node));
    case T_Param:
      return parameter_shape(scope, reinterpret_cast<Param*>(node));
    case T_FuncExpr:
      return call_shape(scope, reinterpret_cast<FuncExpr*>(node));
    case T_OpExpr: {
      OpExpr* call = reinterpret_cast<OpExpr*>(node);
      if (const Shape* json = json_operator_shape(scope, call)) return json;
      return of_type(node, !is_total_operator(call->opno, call->args) || !none_null(scope, call->args));
    }
    case T_ScalarArrayOpExpr:
      return any_of_array_shape(scope, reinterpret_cast<ScalarArrayOpExpr*>(node));
    case T_Aggref:
      return aggregate_shape(scope, reinterpret_cast<Aggref*>(node));
    case T_WindowFunc:
      return window_shape(scope, reinterpret_cast<WindowFunc*>(node));
    case T_SubLink:
      return sublink_shape(scope, reinterpret_cast<SubLink*>(node));
    case T_CoalesceExpr:
      return coalesce_shape(scope, reinterpret_cast<CoalesceExpr*>(node)->args);
    case T_CaseExpr:
      return case_shape(scope, reinterpret_cast<CaseExpr*>(node));
    case T_BoolExpr:
      return of_type(node, !none_null(scope, reinterpret_cast<BoolExpr*>(node)->args));
    case T_MinMaxExpr: {
      bool nullable = true;
      ListCell* cell;
      foreach (cell, reinterpret_cast<MinMaxExpr*>(node)->args)
        nullable = nullable && expression_shape(scope, static_cast<Node*>(lfirst(cell)))->nullable;
      return of_type(node, nullable);
    }
    case T_RowExpr:
      return row_shape(scope, reinterpret_cast<RowExpr*>(node));
    case T_FieldSelect:
      return field_shape(scope, reinterpret_cast<FieldSelect*>(node));
    case T_ArrayExpr:
      return array_expression_shape(scope, reinterpret_cast<ArrayExpr*>(node));
    case T_ArrayCoerceExpr:
      return array_conversion_shape(scope, reinterpret_cast<ArrayCoerceExpr*>(node));
    case T_SubscriptingRef:
      return subscript_shape(scope, reinterpret_cast<SubscriptingRef*>(node));
    case T_RelabelType: {
      const Shape* inner =
          expression_shape(scope, reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg));
      return typed_like(inner, exprType(node));
    }
    case T_NamedArgExpr:
      return expression_shape(scope, reinterpret_cast<Node*>(reinterpret_cast<NamedArgExpr*>(node)->arg));
    case T_CollateExpr:
      return expression_shape(scope, reinterpret_cast<Node*>(reinterpret_cast<CollateExpr*>(node)->arg));
    case T_CoerceViaIO: {
      CoerceViaIO* call = reinterpret_cast<CoerceViaIO*>(node);
      return of_type(node, expression_shape(scope, reinterpret_cast<Node*>(call->arg))->nullable);
    }
    case T_CoerceToDomain: {
      CoerceToDomain* call = reinterpret_cast<CoerceToDomain*>(node);
      const Shape* inner =
          typed_like(expression_shape(scope, reinterpret_cast<Node*>(call->arg)), call->resulttype);
      return with_nullable(inner, inner->nullable && may_hold_null(call->resulttype));
    }
    case T_ConvertRowtypeExpr: {
      ConvertRowtypeExpr* call = reinterpret_cast<ConvertRowtypeExpr*>(node);
      return of_type(node, expression_shape(scope, reinterpret_cast<Node*>(call->arg))->nullable);
    }
    case T_SQLValueFunction:
      return of_type(node, reinterpret_cast<SQLValueFunction*>(node)->op == SVFOP_CURRENT_SCHEMA);
    case T_NullTest:
    case T_BooleanTest:
    case T_DistinctExpr:
    case T_GroupingFunc:
    case T_NextValueExpr:
      return of_type(node, false);
    default:
      return of_type(node, true);
  }
}

}  // namespace

bool may_hold_null(Oid type) {
  const JsonType* known = json_type(type);
  return known == nullptr || !known->domain_not_null;
}

const Shape* typed_like(const Shape* shape, Oid type) {
  if (shape->type == type) return shape;
  const Shape* plain = type_shape(type, shape->nullable);
  if (plain->kind == ShapeKind::kAny) return shape;  // json, whose form is known better
  if (shape->kind == ShapeKind::kArray && plain->kind == ShapeKind::kArray) {
    Shape* result = static_cast<Shape*>(palloc(sizeof(Shape)));
    memcpy(static_cast<void*>(result), shape, sizeof(Shape));
    result->type = type;
    return result;
  }
  if (shape->kind != ShapeKind::kValue || plain->kind != ShapeKind::kValue) return plain;
  Shape* result = static_cast<Shape*>(palloc(sizeof(Shape)));
  memcpy(static_cast<void*>(result), shape, sizeof(Shape));
  result->type = type;
  return result;
}

const Shape* expression_shape(const Scope& scope, Node* node) {
  check_stack_depth();
  CHECK_FOR_INTERRUPTS();
  if (node == nullptr) return null_shape();
  if (--*scope.parameters->steps_left < 0) return of_type(node, true);
  if (!scope.groups_are_nulled) return shape_of(scope, node);
  bool left_out = is_left_out(scope.query, node);
  Scope below = scope;
  // Inside of a grouping expression the rows are those before the grouping.
  if (is_grouped(scope.query, node)) below.groups_are_nulled = false;
  const Shape* shape = shape_of(below, node);
  return left_out ? with_nullable(shape, true) : shape;
}

const Shape* result_column(const Scope& scope, int number) {
  const Query* query = scope.query;
  List* targets = returned_targets(query);
  if (number < 1 || number > list_length(targets)) return any_shape(InvalidOid, true);
  TargetEntry* target = list_nth_node(TargetEntry, targets, number - 1);
  if (query->setOperations != nullptr)
    return typed_like(set_operation_column(scope, query->setOperations, number),
                      exprType(reinterpret_cast<Node*>(target->expr)));
  return expression_shape(scope, reinterpret_cast<Node*>(target->expr));
}

List* returned_targets(const Query* query) {
  List* all = query->commandType == CMD_SELECT ? query->targetList : query->returningList;
  List* result = NIL;
  ListCell* cell;
  foreach (cell, all)
    if (!lfirst_node(TargetEntry, cell)->resjunk) result = lappend(result, lfirst(cell));
  return result;
}

char* constant_text(Node* node) {
  node = without_labels(node);
  if (!IsA(node, Const)) return nullptr;
  const Const* constant = reinterpret_cast<Const*>(node);
  if (constant->constisnull) return nullptr;
  Oid output;
  bool is_varlena;
  getTypeOutputInfo(constant->consttype, &output, &is_varlena);
  return OidOutputFunctionCall(output, constant->constvalue);
}

bool is_builtin(Oid function) { return function < FirstNormalObjectId; }

bool is_one_of(const char* name, const char* const* names) {
  if (name == nullptr) return false;
  for (; *names != nullptr; names++)
    if (strcmp(name, *names) == 0) return true;
  return false;
}

}  // namespace freshet
