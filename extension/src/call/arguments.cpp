#include "call/arguments.h"

#include "call/json_write.h"
#include "call/palloc_vector.h"
#include "errors.h"

extern "C" {
#include "access/htup_details.h"
#include "access/xact.h"
#include "common/base64.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

constexpr int kGotLength = 60;

const char* got_text(const JsonValue* json) {
  if (json->kind == JsonKind::kObject || json->kind == JsonKind::kArray) return json_kind_name(json->kind);
  int length = pg_mbcliplen(json->raw, json->raw_length, kGotLength);
  return length < json->raw_length ? psprintf("%.*s…", length, json->raw) : pnstrdup(json->raw, length);
}

const char* expected_text(const JsonType* type) {
  const char* name = format_type_be(type->oid);
  switch (type->shape) {
    case JsonShape::kBool:
      return "boolean";
    case JsonShape::kInteger:
      return psprintf("integer (%s)", name);
    case JsonShape::kInt8:
      return psprintf("integer, or its digits as a string (%s)", name);
    case JsonShape::kFloat4:
    case JsonShape::kFloat8:
      return psprintf("number (%s)", name);
    case JsonShape::kArray:
      return psprintf("array (%s)", name);
    case JsonShape::kComposite:
    case JsonShape::kHstore:
      return psprintf("object (%s)", name);
    case JsonShape::kBytea:
      return "string (base64)";
    case JsonShape::kText:
      return type->is_domain ? psprintf("string (%s)", name) : "string";
    default:
      return psprintf("string (%s)", name);
  }
}

Datum mismatch(const JsonType* type, const JsonValue* json, bool* is_null, Problems* problems,
               const char* path) {
  problems_add(problems, path, expected_text(type), got_text(json));
  *is_null = true;
  return 0;
}

Datum call_input(JsonType* type, int32 typmod, char* text) {
  return InputFunctionCall(&type->input, text, type->input_parameter,
                           type->is_domain ? type->base_typmod : typmod);
}

// The integer as written, or the digits of a string: no fraction and no exponent.
bool parse_integer(const JsonValue* json, int64* value) {
  const bool is_text = json->kind == JsonKind::kString;
  const char* at = is_text ? json->text : json->raw;
  const char* end = at + (is_text ? json->text_length : json->raw_length);
  bool negative = at < end && *at == '-';
  if (negative) at++;
  if (at == end) return false;
  int64 result = 0;
  for (; at < end; at++) {
    if (*at < '0' || *at > '9') return false;
    int digit = *at - '0';
    if (__builtin_mul_overflow(result, int64{10}, &result) ||
        __builtin_sub_overflow(result, int64{digit}, &result))
      return false;
  }
  if (!negative && __builtin_sub_overflow(int64{0}, result, &result)) return false;
  *value = result;
  return true;
}

Datum read_integer(const JsonType* type, const JsonValue* json, bool* is_null, Problems* problems,
                   const char* path) {
  int64 value;
  const bool is_text = type->length == 8 && json->kind == JsonKind::kString;
  if ((json->kind != JsonKind::kNumber && !is_text) || !parse_integer(json, &value))
    return mismatch(type, json, is_null, problems, path);
  if (type->length == 8) return Int64GetDatum(value);
  if (type->length == 2) {
    if (value < PG_INT16_MIN || value > PG_INT16_MAX) return mismatch(type, json, is_null, problems, path);
    return Int16GetDatum(static_cast<int16>(value));
  }
  if (value < PG_INT32_MIN || value > PG_INT32_MAX) return mismatch(type, json, is_null, problems, path);
  return Int32GetDatum(static_cast<int32>(value));
}

Datum read_float(JsonType* type, int32 typmod, const JsonValue* json, bool* is_null, Problems* problems,
                 const char* path) {
  if (json->kind == JsonKind::kNumber) return call_input(type, typmod, pnstrdup(json->raw, json->raw_length));
  if (json->kind == JsonKind::kString &&
      (strcmp(json->text, "NaN") == 0 || strcmp(json->text, "Infinity") == 0 ||
       strcmp(json->text, "-Infinity") == 0))
    return call_input(type, typmod, json->text);
  return mismatch(type, json, is_null, problems, path);
}

Datum read_bytea(const JsonType* type, const JsonValue* json, bool* is_null, Problems* problems,
                 const char* path) {
  if (json->kind != JsonKind::kString) return mismatch(type, json, is_null, problems, path);
  int room = pg_b64_dec_len(json->text_length);
  bytea* result = static_cast<bytea*>(palloc(VARHDRSZ + room));
  int length = pg_b64_decode(json->text, json->text_length, VARDATA(result), room);
  if (length < 0) return mismatch(type, json, is_null, problems, path);
  SET_VARSIZE(result, VARHDRSZ + length);
  return PointerGetDatum(result);
}

// Only absolute instants: 'now' or 'tomorrow' would make equal arguments mean different things at different
// times.
bool is_absolute_time(const char* text) {
  return (*text >= '0' && *text <= '9') || strcmp(text, "infinity") == 0 || strcmp(text, "-infinity") == 0;
}

Datum read_enum(JsonType* type, const JsonValue* json, bool* is_null, Problems* problems, const char* path) {
  if (json->kind != JsonKind::kString) return mismatch(type, json, is_null, problems, path);
  if (json->text_length >= NAMEDATALEN ||
      !SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(type->base), CStringGetDatum(json->text))) {
    problems_add(problems, path, psprintf("a label of %s", format_type_be(type->base)), got_text(json));
    *is_null = true;
    return 0;
  }
  return call_input(type, -1, json->text);
}

struct ArrayReader {
  const JsonType* type;
  Problems* problems;
  PallocVector<Datum> values;
  PallocVector<bool> nulls;
  int dimensions;
  int lengths[MAXDIM];
  bool ragged;
};

void read_dimension(ArrayReader* reader, const JsonValue* json, int dimension, const char* path) {
  if (json->count != reader->lengths[dimension]) {
    reader->ragged = true;
    return;
  }
  for (int i = 0; i < json->count; i++) {
    const char* item_path = psprintf("%s[%d]", path, i);
    const JsonValue* item = &json->items[i];
    if (dimension + 1 < reader->dimensions) {
      if (item->kind != JsonKind::kArray) {
        reader->ragged = true;
        return;
      }
      read_dimension(reader, item, dimension + 1, item_path);
      continue;
    }
    bool is_null = false;
    Datum value = read_json_value(reader->type->element, -1, item, &is_null, reader->problems, item_path);
    reader->values.push(value);
    reader->nulls.push(is_null);
  }
}

Datum read_array(const JsonType* type, const JsonValue* json, bool* is_null, Problems* problems,
                 const char* path) {
  if (json->kind != JsonKind::kArray) return mismatch(type, json, is_null, problems, path);
  if (json->count == 0) return PointerGetDatum(construct_empty_array(type->element));
  const JsonType* element = json_type(type->element);
  // An element that is itself an array in JSON cannot be told from a further dimension.
  bool nestable = element->shape != JsonShape::kJson && element->shape != JsonShape::kJsonb &&
                  element->shape != JsonShape::kArray;
  ArrayReader reader = {};
  reader.type = type;
  reader.problems = problems;
  const JsonValue* at = json;
  while (at->kind == JsonKind::kArray && reader.dimensions < MAXDIM) {
    reader.lengths[reader.dimensions++] = at->count;
    if (!nestable || at->count == 0) break;
    at = &at->items[0];
  }
  int before = problems->count;
  read_dimension(&reader, json, 0, path);
  if (reader.ragged || (nestable && reader.lengths[reader.dimensions - 1] == 0)) {
    problems_add(problems, path, psprintf("array with rows of equal length (%s)", format_type_be(type->oid)),
                 "array");
    *is_null = true;
    return 0;
  }
  if (problems->count > before) {
    *is_null = true;
    return 0;
  }
  int lower[MAXDIM];
  for (int i = 0; i < MAXDIM; i++) lower[i] = 1;
  int16 length;
  bool by_value;
  char alignment;
  get_typlenbyvalalign(type->element, &length, &by_value, &alignment);
  return PointerGetDatum(construct_md_array(reader.values.data, reader.nulls.data, reader.dimensions,
                                            reader.lengths, lower, type->element, length, by_value,
                                            alignment));
}

Datum read_composite(const JsonType* type, const JsonValue* json, bool* is_null, Problems* problems,
                     const char* path) {
  if (json->kind != JsonKind::kObject) return mismatch(type, json, is_null, problems, path);
  TupleDesc row = composite_descriptor(type, -1);
  Datum* values = static_cast<Datum*>(palloc0(sizeof(Datum) * Max(row->natts, 1)));
  bool* nulls = static_cast<bool*>(palloc(sizeof(bool) * Max(row->natts, 1)));
  int before = problems->count;
  int used = 0;
  static const JsonValue kAbsent = {JsonKind::kNull, "null", 4};
  for (int i = 0; i < row->natts; i++) {
    Form_pg_attribute column = TupleDescAttr(row, i);
    nulls[i] = true;
    if (column->attisdropped) continue;
    const JsonValue* member = json_member(json, NameStr(column->attname));
    if (member != nullptr) used++;
    values[i] = read_json_value(column->atttypid, column->atttypmod, member != nullptr ? member : &kAbsent,
                                &nulls[i], problems, psprintf("%s.%s", path, NameStr(column->attname)));
  }
  for (int i = 0; used < json->count && i < json->count; i++) {
    bool known = false;
    for (int c = 0; c < row->natts && !known; c++)
      known = !TupleDescAttr(row, c)->attisdropped &&
              strcmp(NameStr(TupleDescAttr(row, c)->attname), json->members[i].name) == 0;
    if (!known)
      problems_add(problems, psprintf("%s.%s", path, json->members[i].name), "no such member",
                   got_text(&json->members[i].value));
  }
  Datum result = 0;
  if (problems->count > before)
    *is_null = true;
  else
    result = HeapTupleGetDatum(heap_form_tuple(row, values, nulls));
  ReleaseTupleDesc(row);
  return result;
}

void append_hstore_quoted(StringInfo out, const char* text) {
  appendStringInfoChar(out, '"');
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') appendStringInfoChar(out, '\\');
    appendStringInfoChar(out, *text);
  }
  appendStringInfoChar(out, '"');
}

Datum read_hstore(JsonType* type, const JsonValue* json, bool* is_null, Problems* problems,
                  const char* path) {
  if (json->kind != JsonKind::kObject) return mismatch(type, json, is_null, problems, path);
  StringInfoData out;
  initStringInfo(&out);
  int before = problems->count;
  for (int i = 0; i < json->count; i++) {
    const JsonMember* member = &json->members[i];
    if (i > 0) appendStringInfoChar(&out, ',');
    append_hstore_quoted(&out, member->name);
    appendStringInfoString(&out, "=>");
    if (member->value.kind == JsonKind::kNull)
      appendStringInfoString(&out, "NULL");
    else if (member->value.kind == JsonKind::kString)
      append_hstore_quoted(&out, member->value.text);
    else
      problems_add(problems, psprintf("%s.%s", path, member->name), "string or null",
                   got_text(&member->value));
  }
  if (problems->count > before) {
    *is_null = true;
    return 0;
  }
  return call_input(type, -1, out.data);
}

Datum read_base(JsonType* type, int32 typmod, const JsonValue* json, bool* is_null, Problems* problems,
                const char* path) {
  switch (type->shape) {
    case JsonShape::kBool:
      if (json->kind == JsonKind::kTrue || json->kind == JsonKind::kFalse)
        return BoolGetDatum(json->kind == JsonKind::kTrue);
      return mismatch(type, json, is_null, problems, path);
    case JsonShape::kInteger:
    case JsonShape::kInt8:
      return read_integer(type, json, is_null, problems, path);
    case JsonShape::kFloat4:
    case JsonShape::kFloat8:
      return read_float(type, typmod, json, is_null, problems, path);
    case JsonShape::kText:
    case JsonShape::kOutput:
      if (json->kind == JsonKind::kString) return call_input(type, typmod, json->text);
      if (json->kind == JsonKind::kNumber && type->base == NUMERICOID)
        return call_input(type, typmod, pnstrdup(json->raw, json->raw_length));
      return mismatch(type, json, is_null, problems, path);
    case JsonShape::kDate:
    case JsonShape::kTime:
    case JsonShape::kTimestamp:
    case JsonShape::kTimestampTz:
      if (json->kind != JsonKind::kString || !is_absolute_time(json->text))
        return mismatch(type, json, is_null, problems, path);
      return call_input(type, typmod, json->text);
    case JsonShape::kBytea:
      return read_bytea(type, json, is_null, problems, path);
    case JsonShape::kJson:
    case JsonShape::kJsonb:
      return call_input(type, typmod, pnstrdup(json->raw, json->raw_length));
    case JsonShape::kEnum:
      return read_enum(type, json, is_null, problems, path);
    case JsonShape::kArray:
      return read_array(type, json, is_null, problems, path);
    case JsonShape::kComposite:
      return read_composite(type, json, is_null, problems, path);
    case JsonShape::kHstore:
      return read_hstore(type, json, is_null, problems, path);
    case JsonShape::kRecord:
    case JsonShape::kVoid:
      break;
  }
  ereport(ERROR, (errcode(kSchemaChanged), errmsg("\"%s\" has type %s, which cannot be an argument", path,
                                                  format_type_be(type->oid))));
}

}  // namespace

void problems_init(Problems* problems) {
  initStringInfo(&problems->json);
  appendStringInfoChar(&problems->json, '[');
  problems->count = 0;
}

void problems_add(Problems* problems, const char* path, const char* expected, const char* got) {
  StringInfo out = &problems->json;
  if (problems->count++ > 0) appendStringInfoChar(out, ',');
  appendStringInfoString(out, "{\"path\":");
  append_json_string(out, path, strlen(path));
  appendStringInfoString(out, ",\"expected\":");
  append_json_string(out, expected, strlen(expected));
  appendStringInfoString(out, ",\"got\":");
  append_json_string(out, got, strlen(got));
  appendStringInfoChar(out, '}');
}

const char* problems_finish(Problems* problems) {
  appendStringInfoChar(&problems->json, ']');
  return problems->json.data;
}

Datum read_json_value(Oid oid, int32 typmod, const JsonValue* json, bool* is_null, Problems* problems,
                      const char* path) {
  JsonType* type = json_type(oid);
  if (type == nullptr)
    ereport(ERROR, (errcode(kSchemaChanged),
                    errmsg("\"%s\" has type %s, which has no JSON form", path, format_type_be(oid))));
  int before = problems->count;
  Datum value = 0;
  *is_null = json->kind == JsonKind::kNull;
  if (!*is_null) value = read_base(type, typmod, json, is_null, problems, path);
  if (type->is_domain && problems->count == before) {
    if (*is_null && type->domain_not_null) {
      problems_add(problems, path, expected_text(type), "null");
      return 0;
    }
    domain_check(value, *is_null, type->oid, &type->domain_state, type->input.fn_mcxt);
  }
  return value;
}

void check_json_value_isolated(Oid oid, int32 typmod, const JsonValue* json, Problems* problems,
                               const char* path) {
  MemoryContext outer = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(outer);
  PG_TRY();
  {
    bool is_null;
    read_json_value(oid, typmod, json, &is_null, problems, path);
    ReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outer);
    CurrentResourceOwner = owner;
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(outer);
    ErrorData* error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outer);
    CurrentResourceOwner = owner;
    int category = ERRCODE_TO_CATEGORY(error->sqlerrcode);
    if (category != ERRCODE_DATA_EXCEPTION && category != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION &&
        category != ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION)
      ReThrowError(error);
    const JsonType* type = json_type(oid);
    problems_add(problems, path, psprintf("%s: %s", expected_text(type), error->message), got_text(json));
  }
  PG_END_TRY();
}

}  // namespace freshet
