#include "call/number_text.h"

#include "call/json_type.h"
#include "call/json_write.h"
#include "errors.h"
#include "mutant.h"

extern "C" {
#include "catalog/pg_type.h"
}

namespace freshet {
namespace {

constexpr char kMaxSafeDigits[] = "9007199254740991";
constexpr int kSafeLength = sizeof(kMaxSafeDigits) - 1;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits that begin at `at` and go to the end of the integer part. Zeros do not lead in JSON.
bool are_unsafe(const char* at, int length) {
  return length > kSafeLength || (length == kSafeLength && memcmp(at, kMaxSafeDigits, kSafeLength) > 0);
}

bool is_unsafe_number(const char* text, int length) {
  const char* at = text + (length > 0 && *text == '-');
  int digits = 0;
  while (at + digits < text + length && is_digit(at[digits])) digits++;
  return are_unsafe(at, digits);
}

enum class Leaf : uint8 { kInt8, kNumeric, kOther };

Leaf leaf_of(const Shape* shape) {
  const JsonType* type = shape->kind == ShapeKind::kValue ? json_type(shape->type) : nullptr;
  if (type == nullptr) return Leaf::kOther;
  return type->base == INT8OID ? Leaf::kInt8 : type->base == NUMERICOID ? Leaf::kNumeric : Leaf::kOther;
}

// Whether a value can be one of that shape, whatever the form of its numbers.
bool fits(const Shape* shape, const JsonValue* value) {
  check_stack_depth();
  if (value->kind == JsonKind::kNull) return may_be_null(shape) || shape->kind == ShapeKind::kNull;
  switch (shape->kind) {
    case ShapeKind::kNull:
      return false;
    case ShapeKind::kAny:
      return true;
    case ShapeKind::kArray:
      return value->kind == JsonKind::kArray && (value->count == 0 || fits(shape->items, &value->items[0]));
    case ShapeKind::kMap:
      return value->kind == JsonKind::kObject;
    case ShapeKind::kUnion:
      for (int i = 0; i < shape->options.size; i++)
        if (fits(shape->options[i], value)) return true;
      return false;
    case ShapeKind::kObject:
      if (value->kind != JsonKind::kObject) return false;
      for (int i = 0; i < value->count; i++) {
        const ShapeMember* member = member_named(shape, value->members[i].name);
        if (member == nullptr || !fits(member->shape, &value->members[i].value)) return false;
      }
      for (int i = 0; i < shape->members.size; i++)
        if (shape->members[i].required && json_member(value, shape->members[i].name) == nullptr) return false;
      return true;
    case ShapeKind::kValue:
      break;
  }
  if (shape->constants.size > 0) {
    for (int i = 0; i < shape->constants.size; i++)
      if (static_cast<int>(strlen(shape->constants[i])) == value->raw_length &&
          memcmp(shape->constants[i], value->raw, value->raw_length) == 0)
        return true;
    return false;
  }
  const JsonType* type = json_type(shape->type);
  if (value->kind == JsonKind::kTrue || value->kind == JsonKind::kFalse)
    return type != nullptr && type->shape == JsonShape::kBool;
  const bool is_number =
      leaf_of(shape) != Leaf::kOther ||
      (type != nullptr && (type->shape == JsonShape::kInteger || type->shape == JsonShape::kFloat4 ||
                           type->shape == JsonShape::kFloat8));
  if (value->kind == JsonKind::kNumber) return is_number;
  return value->kind == JsonKind::kString && (!is_number || leaf_of(shape) == Leaf::kNumeric);
}

// The option of a union that the value is. A number that may be a bigint is taken for one.
const Shape* option_of(const Shape* shape, const JsonValue* value) {
  const Shape* found = nullptr;
  for (int i = 0; i < shape->options.size; i++) {
    const Shape* option = shape->options[i];
    if (!fits(option, value)) continue;
    if (option->kind == ShapeKind::kUnion) option = option_of(option, value);
    if (found == nullptr || leaf_of(option) != Leaf::kOther) found = option;
  }
  return found != nullptr ? found : shape;
}

void append_raw(StringInfo out, const JsonValue* value) {
  appendBinaryStringInfo(out, value->raw, value->raw_length);
}

void check_safe(const char* digits, int length, StringInfo path) {
  if (FRESHET_MUTANT_IS(DIGITS_LOST) || !is_unsafe_number(digits, length)) return;
  report_unsafe_integer(*path->data == '.' ? path->data + 1 : path->data);
}

void append_number(StringInfo out, const JsonValue* value, const Shape* shape, StringInfo path) {
  if (shape->form == NumberForm::kString && value->kind == JsonKind::kNumber) {
    appendStringInfoChar(out, '"');
    append_raw(out, value);
    appendStringInfoChar(out, '"');
    return;
  }
  if (value->kind == JsonKind::kNumber && shape->form == NumberForm::kNumber)
    check_safe(value->raw, value->raw_length, path);
  // Outside of json the encoder wrote a numeric as a string. NaN and Infinity stay that.
  const bool unquoted = value->kind == JsonKind::kString && shape->form == NumberForm::kNumber &&
                        value->text_length > 0 && is_digit(value->text[value->text_length - 1]);
  if (!unquoted) {
    append_raw(out, value);
    return;
  }
  check_safe(value->text, value->text_length, path);
  appendBinaryStringInfo(out, value->text, value->text_length);
}

void append_array(StringInfo out, const JsonValue* value, const Shape* inside, StringInfo path) {
  const int length = path->len;
  appendStringInfoChar(out, '[');
  for (int i = 0; i < value->count; i++) {
    if (i > 0) appendStringInfoChar(out, ',');
    appendStringInfo(path, "[%d]", i);
    append_in_number_forms(out, &value->items[i], inside, path);
    path->len = length;
    path->data[length] = '\0';
  }
  appendStringInfoChar(out, ']');
}

void append_object(StringInfo out, const JsonValue* value, const Shape* shape, StringInfo path) {
  const int length = path->len;
  appendStringInfoChar(out, '{');
  for (int i = 0; i < value->count; i++) {
    const JsonMember& member = value->members[i];
    const ShapeMember* known = member_named(shape, member.name);
    const Shape* inside = shape->kind == ShapeKind::kMap ? shape->items
                          : known != nullptr             ? known->shape
                                                         : nullptr;
    if (i > 0) appendStringInfoChar(out, ',');
    append_json_string(out, member.name, member.name_length);
    appendStringInfoChar(out, ':');
    if (inside == nullptr) {
      append_raw(out, &member.value);
      continue;
    }
    appendStringInfo(path, ".%s", member.name);
    append_in_number_forms(out, &member.value, inside, path);
    path->len = length;
    path->data[length] = '\0';
  }
  appendStringInfoChar(out, '}');
}

}  // namespace

bool has_unsafe_integer(const char* json, int length) {
  const char* end = json + length;
  for (const char* at = json; at < end; at++) {
    if (*at == '"') {
      for (at++; at < end && *at != '"'; at++)
        if (*at == '\\') at++;
    } else if (is_digit(*at)) {
      const char* begin = at;
      while (at < end && is_digit(*at)) at++;
      if (are_unsafe(begin, at - begin)) return true;
      // Digits of a fraction and of an exponent.
      while (at < end &&
             (is_digit(*at) || *at == '.' || *at == 'e' || *at == 'E' || *at == '+' || *at == '-'))
        at++;
      at--;
    }
  }
  return false;
}

void append_in_number_forms(StringInfo out, const JsonValue* value, const Shape* shape, StringInfo path) {
  check_stack_depth();
  if (shape->kind == ShapeKind::kUnion) shape = option_of(shape, value);
  if (value->kind == JsonKind::kArray &&
      (shape->kind == ShapeKind::kArray || shape->kind == ShapeKind::kValue))
    // An array of more dimensions is one of arrays, and its type has one shape of elements.
    append_array(out, value, shape->kind == ShapeKind::kArray ? shape->items : shape, path);
  else if (value->kind == JsonKind::kObject &&
           (shape->kind == ShapeKind::kObject || shape->kind == ShapeKind::kMap))
    append_object(out, value, shape, path);
  else if (leaf_of(shape) != Leaf::kOther)
    append_number(out, value, shape, path);
  else if (shape->kind == ShapeKind::kAny && shape->type == RECORDOID &&
           has_unsafe_integer(value->raw, value->raw_length))
    report_unsafe_integer(*path->data == '.' ? path->data + 1 : path->data);
  else
    append_raw(out, value);
}

void report_unsafe_integer(const char* column) {
  ereport(
      ERROR,
      (errcode(kOutOfRange),
       errmsg("the bigint value in \"%s\" is beyond what a JSON number carries exactly", column),
       errdetail("JSON numbers are exact up to 9007199254740991 in either direction."),
       errhint(
           "Declare it a string: SELECT freshet.numbers_as('schema.table.column', 'string'), or numbers => "
           "'{\"bigint\": \"string\"}' of freshet.expose()."),
       err_generic_string(PG_DIAG_COLUMN_NAME, column)));
  pg_unreachable();
}

}  // namespace freshet
