#include "registry/type_schema.h"

#include "call/json_write.h"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_enum.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
}

namespace freshet {
namespace {

void append_pg_type(StringInfo out, Oid type) {
  const char* name = stable_type_name(type);
  appendStringInfoString(out, ",\"x-pg-type\":");
  append_json_string(out, name, strlen(name));
}

// In the order of the type.
void append_labels(StringInfo out, Oid type) {
  Relation relation = table_open(EnumRelationId, AccessShareLock);
  Relation index = index_open(EnumTypIdSortOrderIndexId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_enum_enumtypid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(type));
  SysScanDesc scan = systable_beginscan_ordered(relation, index, nullptr, 1, &key);
  const char* before = "";
  while (HeapTuple tuple = systable_getnext_ordered(scan, ForwardScanDirection)) {
    const char* label = NameStr(reinterpret_cast<Form_pg_enum>(GETSTRUCT(tuple))->enumlabel);
    appendStringInfoString(out, before);
    append_json_string(out, label, strlen(label));
    before = ",";
  }
  systable_endscan_ordered(scan);
  index_close(index, AccessShareLock);
  table_close(relation, AccessShareLock);
}

void append_composite(StringInfo out, const JsonType* type) {
  TupleDesc row = composite_descriptor(type, -1);
  appendStringInfoString(out, "\"type\":\"object\",\"properties\":{");
  const char* before = "";
  StringInfoData required;
  initStringInfo(&required);
  for (int i = 0; i < row->natts; i++) {
    Form_pg_attribute column = TupleDescAttr(row, i);
    if (column->attisdropped) continue;
    const char* name = NameStr(column->attname);
    appendStringInfoString(out, before);
    append_json_string(out, name, strlen(name));
    appendStringInfoChar(out, ':');
    append_type_schema(out, column->atttypid, !json_type(column->atttypid)->domain_not_null);
    appendStringInfoString(&required, before);
    append_json_string(&required, name, strlen(name));
    before = ",";
  }
  ReleaseTupleDesc(row);
  appendStringInfo(out, "},\"required\":[%s],\"additionalProperties\":false", required.data);
}

void append_id(StringInfo out, const char* id) {
  appendStringInfoString(out, ",\"x-freshet-id\":");
  append_json_string(out, id, strlen(id));
}

void append_shape(StringInfo out, const JsonType* type, const char* id) {
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
      appendStringInfoString(
          out, "\"anyOf\":[{\"type\":\"number\"},{\"enum\":[\"NaN\",\"Infinity\",\"-Infinity\"]}]");
      return;
    case JsonShape::kBytea:
      appendStringInfoString(out, "\"type\":\"string\",\"contentEncoding\":\"base64\"");
      return;
    case JsonShape::kEnum:
      appendStringInfoString(out, "\"type\":\"string\",\"enum\":[");
      append_labels(out, type->base);
      appendStringInfoChar(out, ']');
      return;
    case JsonShape::kArray:
      appendStringInfoString(out, "\"type\":\"array\",\"items\":");
      append_type_schema(out, type->element, !json_type(type->element)->domain_not_null, id);
      return;
    case JsonShape::kComposite:
      append_composite(out, type);
      return;
    case JsonShape::kHstore:
      appendStringInfoString(out,
                             "\"type\":\"object\",\"additionalProperties\":{\"type\":[\"string\",\"null\"]}");
      return;
    case JsonShape::kVoid:
      appendStringInfoString(out, "\"type\":\"null\"");
      return;
    case JsonShape::kJson:
    case JsonShape::kJsonb:
    case JsonShape::kRecord:
      // Any JSON value.
      appendStringInfoString(out, "\"title\":\"json\"");
      return;
    default:
      appendStringInfoString(out, "\"type\":\"string\"");
  }
}

}  // namespace

const char* stable_type_name(Oid type) {
  static const char kBuiltin[] = "pg_catalog.";
  const char* name = format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY);
  return strncmp(name, kBuiltin, strlen(kBuiltin)) == 0 ? name + strlen(kBuiltin) : name;
}

void append_nullable_begin(StringInfo out, bool nullable) {
  if (nullable) appendStringInfoString(out, "{\"anyOf\":[");
}

void append_nullable_end(StringInfo out, bool nullable) {
  if (nullable) appendStringInfoString(out, ",{\"type\":\"null\"}]}");
}

void append_type_schema(StringInfo out, Oid oid, bool nullable, const char* id) {
  const JsonType* type = json_type(oid);
  if (type == nullptr) {
    appendStringInfoString(out, "{}");
    return;
  }
  nullable = nullable && type->shape != JsonShape::kVoid;
  append_nullable_begin(out, nullable);
  appendStringInfoChar(out, '{');
  append_shape(out, type, id);
  append_pg_type(out, oid);
  if (id != nullptr && type->shape != JsonShape::kArray) append_id(out, id);
  appendStringInfoChar(out, '}');
  append_nullable_end(out, nullable);
}

}  // namespace freshet
