#include "shape/shape_schema.h"

#include "call/json_type.h"
#include "call/json_write.h"
#include "mutant.h"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
}

namespace freshet {
namespace {

constexpr bool kMutantAsEncoded = FRESHET_MUTANT_IS(JSON_INSIDE_TYPED_AS_OUTSIDE);
constexpr char kNumber[] =
    "\"anyOf\":[{\"type\":\"number\"},{\"enum\":[\"NaN\",\"Infinity\",\"-Infinity\"]}]";

void append_text(StringInfo out, const char* text) { append_json_string(out, text, strlen(text)); }

// In the order of the type.
void append_labels(StringInfo out, Oid type) {
  Relation relation = table_open(EnumRelationId, AccessShareLock);
  Relation index = index_open(EnumTypIdSortOrderIndexId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_enum_enumtypid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(type));
  SysScanDesc scan = systable_beginscan_ordered(relation, index, nullptr, 1, &key);
  const char* before = "";
  while (HeapTuple tuple = systable_getnext_ordered(scan, ForwardScanDirection)) {
    appendStringInfoString(out, before);
    append_text(out, NameStr(reinterpret_cast<Form_pg_enum>(GETSTRUCT(tuple))->enumlabel));
    before = ",";
  }
  systable_endscan_ordered(scan);
  index_close(index, AccessShareLock);
  table_close(relation, AccessShareLock);
}

// What a value of a type is when the encoder writes it.
void append_encoded(StringInfo out, const JsonType* type) {
  switch (type->shape) {
    case JsonShape::kBool:
      appendStringInfoString(out, "\"type\":\"boolean\"");
      return;
    case JsonShape::kInteger:
    case JsonShape::kInt8:
      appendStringInfoString(out, "\"type\":\"integer\"");
      return;
    case JsonShape::kFloat4:
    case JsonShape::kFloat8:
      appendStringInfoString(out, kNumber);
      return;
    case JsonShape::kBytea:
      appendStringInfoString(out, "\"type\":\"string\",\"contentEncoding\":\"base64\"");
      return;
    case JsonShape::kEnum:
      appendStringInfoString(out, "\"type\":\"string\",\"enum\":[");
      append_labels(out, type->base);
      appendStringInfoChar(out, ']');
      return;
    case JsonShape::kHstore:
      appendStringInfoString(out,
                             "\"type\":\"object\",\"additionalProperties\":{\"type\":[\"string\",\"null\"]}");
      return;
    default:
      appendStringInfoString(out, "\"type\":\"string\"");
  }
}

// What it is where to_json() writes it: only these differ.
void append_embedded(StringInfo out, const JsonType* type) {
  if (type != nullptr && type->base == NUMERICOID)
    appendStringInfoString(out, kNumber);
  else if (type == nullptr || type->shape == JsonShape::kBytea)
    appendStringInfoString(out, "\"type\":\"string\"");
  else
    append_encoded(out, type);
}

void append_constants(StringInfo out, const Shape* shape) {
  if (!shape->in_json || shape->constants.size == 0) return;
  if (shape->constants.size == 1) {
    appendStringInfo(out, ",\"const\":%s", shape->constants[0]);
    return;
  }
  for (int i = 0; i < shape->constants.size; i++)
    appendStringInfo(out, "%s%s", i == 0 ? ",\"enum\":[" : ",", shape->constants[i]);
  appendStringInfoChar(out, ']');
}

// Of bigint and numeric, whose form was decided; false for all else.
bool append_number_form(StringInfo out, const Shape* shape, const JsonType* type) {
  if (type == nullptr || shape->form == NumberForm::kUndeclared) return false;
  const bool as_string = shape->form == NumberForm::kString;
  if (type->shape == JsonShape::kInt8)
    appendStringInfoString(
        out, as_string ? "\"type\":\"string\",\"pattern\":\"^-?[0-9]+$\"" : "\"type\":\"integer\"");
  else
    appendStringInfoString(out, as_string ? "\"type\":\"string\"" : kNumber);
  return true;
}

void append_value(StringInfo out, const Shape* shape) {
  const JsonType* type = json_type(shape->type);
  if (!kMutantAsEncoded && append_number_form(out, shape, type)) return;
  if (shape->in_json && !kMutantAsEncoded)
    append_embedded(out, type);
  else if (type != nullptr)
    append_encoded(out, type);
  else
    appendStringInfoString(out, "\"title\":\"json\"");
  append_constants(out, shape);
}

void append_object(StringInfo out, const Shape* shape) {
  appendStringInfoString(out, "\"type\":\"object\",\"properties\":{");
  StringInfoData required;
  initStringInfo(&required);
  for (int i = 0; i < shape->members.size; i++) {
    const ShapeMember& member = shape->members[i];
    if (i > 0) appendStringInfoChar(out, ',');
    append_text(out, member.name);
    appendStringInfoChar(out, ':');
    append_shape_schema(out, member.shape);
    if (!member.required) continue;
    if (required.len > 0) appendStringInfoChar(&required, ',');
    append_text(&required, member.name);
  }
  appendStringInfo(out, "},\"required\":[%s],\"additionalProperties\":false", required.data);
}

void append_array(StringInfo out, const Shape* shape) {
  appendStringInfoString(out, "\"type\":\"array\"");
  if (shape->count == 0) {
    appendStringInfoString(out, ",\"maxItems\":0");
    return;
  }
  appendStringInfoString(out, ",\"items\":");
  append_shape_schema(out, shape->items);
  if (shape->count >= 0)
    appendStringInfo(out, ",\"minItems\":%d,\"maxItems\":%d", shape->count, shape->count);
}

void append_body(StringInfo out, const Shape* shape) {
  switch (shape->kind) {
    case ShapeKind::kNull:
      appendStringInfoString(out, "\"type\":\"null\"");
      return;
    case ShapeKind::kValue:
      append_value(out, shape);
      return;
    case ShapeKind::kObject:
      append_object(out, shape);
      return;
    case ShapeKind::kMap:
      appendStringInfoString(out, "\"type\":\"object\",\"additionalProperties\":");
      append_shape_schema(out, shape->items);
      return;
    case ShapeKind::kArray:
      append_array(out, shape);
      return;
    case ShapeKind::kAny:
    case ShapeKind::kUnion:
      appendStringInfoString(out, "\"title\":\"json\"");
      return;
  }
}

void append_not_null(StringInfo out, const Shape* shape) {
  appendStringInfoChar(out, '{');
  append_body(out, shape);
  if (OidIsValid(shape->type)) {
    appendStringInfoString(out, ",\"x-pg-type\":");
    append_text(out, stable_type_name(shape->type));
  }
  if (shape->id != nullptr) {
    appendStringInfoString(out, ",\"x-freshet-id\":");
    append_text(out, shape->id);
  }
  appendStringInfoChar(out, '}');
}

}  // namespace

const char* stable_type_name(Oid type) {
  static const char kBuiltin[] = "pg_catalog.";
  const char* name = format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY);
  return strncmp(name, kBuiltin, strlen(kBuiltin)) == 0 ? name + strlen(kBuiltin) : name;
}

void append_shape_schema(StringInfo out, const Shape* shape) {
  check_stack_depth();
  // Any json takes null already, unless SQL says that there may be no value at all.
  bool nullable = shape->kind != ShapeKind::kNull &&
                  (shape->kind == ShapeKind::kAny ? shape->nullable : may_be_null(shape));
  bool is_union = shape->kind == ShapeKind::kUnion;
  if (!nullable && !is_union) {
    append_not_null(out, shape);
    return;
  }
  appendStringInfoString(out, "{\"anyOf\":[");
  if (!is_union) append_not_null(out, shape);
  for (int i = 0; i < shape->options.size; i++) {
    if (i > 0) appendStringInfoChar(out, ',');
    append_shape_schema(out, shape->options[i]);
  }
  appendStringInfoString(out, nullable ? ",{\"type\":\"null\"}]}" : "]}");
}

}  // namespace freshet
