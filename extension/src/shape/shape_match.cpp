#include "shape/shape_match.h"

#include "call/json_type.h"
#include "call/json_write.h"

extern "C" {
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

bool is_integer(const JsonValue* value) {
  if (value->kind != JsonKind::kNumber) return false;
  for (int i = 0; i < value->raw_length; i++)
    if (strchr(".eE", value->raw[i]) != nullptr) return false;
  return true;
}

bool is_integer_text(const JsonValue* value) {
  if (value->kind != JsonKind::kString) return false;
  const char* digits = value->text + (*value->text == '-');
  return *digits != '\0' && strspn(digits, "0123456789") == strlen(digits);
}

bool is_number(const JsonValue* value) {
  return value->kind == JsonKind::kNumber ||
         (value->kind == JsonKind::kString &&
          (strcmp(value->text, "NaN") == 0 || strcmp(value->text, "Infinity") == 0 ||
           strcmp(value->text, "-Infinity") == 0));
}

bool is_label(const JsonType* type, const JsonValue* value) {
  return value->kind == JsonKind::kString && value->text_length < NAMEDATALEN &&
         SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(type->base), CStringGetDatum(value->text));
}

bool is_constant(const Shape* shape, const JsonValue* value) {
  if (shape->constants.size == 0) return true;
  StringInfoData text;
  initStringInfo(&text);
  append_json_canonical(&text, value);
  for (int i = 0; i < shape->constants.size; i++)
    if (strcmp(shape->constants[i], text.data) == 0) return true;
  return false;
}

const char* expected_constants(const Shape* shape) {
  StringInfoData out;
  initStringInfo(&out);
  for (int i = 0; i < shape->constants.size; i++)
    appendStringInfo(&out, "%s%s", i > 0 ? " | " : "", shape->constants[i]);
  return out.data;
}

const char* value_mismatch(const Shape* shape, const JsonValue* value) {
  const JsonType* type = json_type(shape->type);
  if (!is_constant(shape, value)) return expected_constants(shape);
  if (type == nullptr) return value->kind == JsonKind::kString ? nullptr : "string";
  switch (type->shape) {
    case JsonShape::kBool:
      return value->kind == JsonKind::kTrue || value->kind == JsonKind::kFalse ? nullptr : "boolean";
    case JsonShape::kInt8:
      if (shape->form == NumberForm::kString) return is_integer_text(value) ? nullptr : "integer as a string";
      [[fallthrough]];
    case JsonShape::kInteger:
      return is_integer(value) ? nullptr : "integer";
    case JsonShape::kFloat4:
    case JsonShape::kFloat8:
      return is_number(value) ? nullptr : "number";
    case JsonShape::kEnum:
      return is_label(type, value) ? nullptr : psprintf("a label of %s", format_type_be(type->base));
    case JsonShape::kHstore:
      return value->kind == JsonKind::kObject ? nullptr : "object";
    default:
      if (type->base == NUMERICOID && shape->form != NumberForm::kString &&
          (shape->in_json || shape->form == NumberForm::kNumber))
        return is_number(value) ? nullptr : "number";
      return value->kind == JsonKind::kString ? nullptr : "string";
  }
}

const char* array_mismatch(const Shape* shape, const JsonValue* value, StringInfo path,
                           const JsonValue** at) {
  if (value->kind != JsonKind::kArray) return "array";
  int length = path->len;
  for (int i = 0; i < value->count; i++) {
    appendStringInfo(path, "[%d]", i);
    if (const char* expected = shape_mismatch(shape->items, &value->items[i], path, at)) return expected;
    path->len = length;
    path->data[length] = '\0';
  }
  return nullptr;
}

const char* object_mismatch(const Shape* shape, const JsonValue* value, StringInfo path,
                            const JsonValue** at) {
  if (value->kind != JsonKind::kObject) return "object";
  int length = path->len;
  for (int i = 0; i < value->count; i++) {
    const ShapeMember* member = member_named(shape, value->members[i].name);
    const Shape* inside = shape->kind == ShapeKind::kMap ? shape->items
                          : member != nullptr            ? member->shape
                                                         : nullptr;
    appendStringInfo(path, ".%s", value->members[i].name);
    if (inside == nullptr) {
      *at = &value->members[i].value;
      return "no such member";
    }
    if (const char* expected = shape_mismatch(inside, &value->members[i].value, path, at)) return expected;
    path->len = length;
    path->data[length] = '\0';
  }
  for (int i = 0; i < shape->members.size; i++) {
    if (!shape->members[i].required || json_member(value, shape->members[i].name) != nullptr) continue;
    appendStringInfo(path, ".%s", shape->members[i].name);
    *at = nullptr;
    return "a member of that name";
  }
  return nullptr;
}

const char* union_mismatch(const Shape* shape, const JsonValue* value, const JsonValue** at) {
  StringInfoData ignored;
  initStringInfo(&ignored);
  for (int i = 0; i < shape->options.size; i++)
    if (shape_mismatch(shape->options[i], value, &ignored, at) == nullptr) return nullptr;
  *at = value;
  return "one of the declared forms";
}

}  // namespace

const char* shape_mismatch(const Shape* shape, const JsonValue* value, StringInfo path,
                           const JsonValue** at) {
  check_stack_depth();
  *at = value;
  if (value->kind == JsonKind::kNull && may_be_null(shape)) return nullptr;
  switch (shape->kind) {
    case ShapeKind::kNull:
      return value->kind == JsonKind::kNull ? nullptr : "null";
    case ShapeKind::kValue:
      return value_mismatch(shape, value);
    case ShapeKind::kArray:
      return array_mismatch(shape, value, path, at);
    case ShapeKind::kObject:
    case ShapeKind::kMap:
      return object_mismatch(shape, value, path, at);
    case ShapeKind::kUnion:
      return union_mismatch(shape, value, at);
    case ShapeKind::kAny:
      return nullptr;
  }
  pg_unreachable();
}

}  // namespace freshet
