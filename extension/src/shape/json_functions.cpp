#include "shape/json_functions.h"

#include "call/json_read.h"
#include "call/json_write.h"
#include "shape/expression.h"
#include "shape/json_parts.h"
#include "shape/type_shape.h"

extern "C" {
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

bool is_json(Oid type) {
  Oid base = getBaseType(type);
  return base == JSONOID || base == JSONBOID;
}

Oid argument_type(List* arguments, int index) {
  return exprType(static_cast<Node*>(list_nth(arguments, index)));
}

const Shape* argument_shape(const Scope& scope, List* arguments, int index) {
  return expression_shape(scope, static_cast<Node*>(list_nth(arguments, index)));
}

bool any_null(const Scope& scope, List* arguments) {
  for (int i = 0; i < list_length(arguments); i++)
    if (argument_shape(scope, arguments, i)->nullable) return true;
  return false;
}

const Shape* scalar(Oid type, const char* constant) {
  const Shape* shape = embedded_shape(type_shape(type, false));
  if (constant == nullptr) return shape;
  Shape* literal = static_cast<Shape*>(palloc(sizeof(Shape)));
  memcpy(static_cast<void*>(literal), shape, sizeof(Shape));
  literal->constants.push(pstrdup(constant));
  return literal;
}

bool is_integer(const JsonValue* value) {
  for (int i = 0; i < value->raw_length; i++)
    if (strchr(".eE", value->raw[i]) != nullptr) return false;
  return true;
}

const Shape* shape_of_value(const JsonValue* value) {
  switch (value->kind) {
    case JsonKind::kNull:
      return null_shape();
    case JsonKind::kFalse:
    case JsonKind::kTrue:
      return scalar(BOOLOID, nullptr);
    case JsonKind::kNumber:
      return scalar(is_integer(value) ? INT8OID : FLOAT8OID, nullptr);
    case JsonKind::kString:
      return scalar(TEXTOID, pnstrdup(value->raw, value->raw_length));
    case JsonKind::kArray: {
      const Shape* items = null_shape();
      for (int i = 0; i < value->count; i++) {
        const Shape* item = shape_of_value(&value->items[i]);
        items = i == 0 ? item : either_shape(items, item);
      }
      return counted_array(items, value->count);
    }
    case JsonKind::kObject: {
      PallocVector<ShapeMember> members;
      for (int i = 0; i < value->count; i++)
        members.push({value->members[i].name, shape_of_value(&value->members[i].value), true});
      return object_shape(members);
    }
  }
  pg_unreachable();
}

// jsonb_build_object('a', x, …). A key that is computed, or given twice, leaves only what the values are.
const Shape* built_object(const Scope& scope, List* arguments) {
  if (list_length(arguments) % 2 != 0) return any_shape(InvalidOid, false);
  PallocVector<ShapeMember> members;
  const Shape* values = nullptr;
  bool known = true;
  for (int i = 0; i < list_length(arguments); i += 2) {
    const Shape* value = embedded_shape(argument_shape(scope, arguments, i + 1));
    values = values == nullptr ? value : either_shape(values, value);
    char* name = constant_text(static_cast<Node*>(list_nth(arguments, i)));
    for (int before = 0; known && before < members.size; before++)
      known = name != nullptr && strcmp(members[before].name, name) != 0;
    known = known && name != nullptr;
    if (known) members.push({name, value, true});
  }
  if (!known) return map_shape(values);
  return object_shape(members);
}

const Shape* built_array(const Scope& scope, List* arguments) {
  const Shape* items = null_shape();
  for (int i = 0; i < list_length(arguments); i++) {
    const Shape* item = embedded_shape(argument_shape(scope, arguments, i));
    items = i == 0 ? item : either_shape(items, item);
  }
  return counted_array(items, list_length(arguments));
}

}  // namespace

const Shape* json_constant_shape(const Const* constant) {
  char* text = constant_text(reinterpret_cast<Node*>(const_cast<Const*>(constant)));
  JsonValue value;
  JsonSyntaxError error;
  if (!json_parse(text, strlen(text), &value, &error) || value.kind == JsonKind::kNull)
    return any_shape(constant->consttype, false);
  return shape_of_value(&value);
}

const Shape* json_call_shape(const Scope& scope, FuncExpr* call, const char* name) {
  static const char* const kObject[] = {"json_build_object", "jsonb_build_object", nullptr};
  static const char* const kArray[] = {"json_build_array", "jsonb_build_array", nullptr};
  static const char* const kConvert[] = {"array_to_json", "row_to_json", "to_json", "to_jsonb", nullptr};
  static const char* const kStrip[] = {"json_strip_nulls", "jsonb_strip_nulls", nullptr};
  static const char* const kTexts[] = {"json_object", "jsonb_object", nullptr};
  if (is_one_of(name, kObject))
    return call->funcvariadic ? any_shape(call->funcresulttype, false) : built_object(scope, call->args);
  if (is_one_of(name, kArray))
    return call->funcvariadic ? any_shape(call->funcresulttype, false) : built_array(scope, call->args);
  if (is_one_of(name, kConvert)) return embedded_shape(argument_shape(scope, call->args, 0));
  if (is_one_of(name, kStrip)) return without_nulls(argument_shape(scope, call->args, 0));
  if (is_one_of(name, kTexts))
    return with_nullable(map_shape(embedded_shape(type_shape(TEXTOID, true))), any_null(scope, call->args));
  // json <-> jsonb keeps the form.
  if (call->funcformat != COERCE_EXPLICIT_CALL && is_json(call->funcresulttype) &&
      is_json(argument_type(call->args, 0)))
    return argument_shape(scope, call->args, 0);
  return nullptr;
}

const Shape* json_operator_shape(const Scope& scope, OpExpr* call) {
  if (!is_builtin(call->opfuncid) || list_length(call->args) != 2 || !is_json(argument_type(call->args, 0)))
    return nullptr;
  const char* name = get_opname(call->opno);
  const Shape* left = argument_shape(scope, call->args, 0);
  Node* right = static_cast<Node*>(lsecond(call->args));
  bool by_name = getBaseType(exprType(right)) == TEXTOID;
  if (strcmp(name, "->") == 0 || strcmp(name, "->>") == 0) {
    const Shape* part = by_name ? member_of(left, constant_text(right)) : item_of(left);
    if (strcmp(name, "->") == 0) return part;
    return type_shape(call->opresulttype, may_be_null(part));
  }
  if (strcmp(name, "||") == 0) return joined(left, expression_shape(scope, right));
  if (strcmp(name, "-") == 0)
    return with_nullable(by_name ? without_member(left, constant_text(right)) : shortened(left),
                         left->nullable || expression_shape(scope, right)->nullable);
  if (strcmp(name, "#-") == 0) return any_shape(call->opresulttype, any_null(scope, call->args));
  if (strcmp(name, "#>") == 0 || strcmp(name, "#>>") == 0) return type_shape(call->opresulttype, true);
  return nullptr;
}

const Shape* json_rows_shape(const Scope& scope, FuncExpr* call, const char* name, int column) {
  static const char* const kElements[] = {"json_array_elements", "jsonb_array_elements", nullptr};
  static const char* const kTexts[] = {"json_array_elements_text", "jsonb_array_elements_text", nullptr};
  static const char* const kPairs[] = {"json_each", "jsonb_each", nullptr};
  static const char* const kTextPairs[] = {"json_each_text", "jsonb_each_text", nullptr};
  if (call->args == NIL || !is_json(argument_type(call->args, 0))) return nullptr;
  const Shape* whole = argument_shape(scope, call->args, 0);
  if (is_one_of(name, kElements)) return with_nullable(item_of(whole), false);
  if (is_one_of(name, kTexts)) return type_shape(TEXTOID, may_be_null(with_nullable(item_of(whole), false)));
  if (!is_one_of(name, kPairs) && !is_one_of(name, kTextPairs)) return nullptr;
  if (column == 1) return type_shape(TEXTOID, false);
  const Shape* value = with_nullable(value_of(whole), false);
  return is_one_of(name, kPairs) ? value : type_shape(TEXTOID, may_be_null(value));
}

}  // namespace freshet
