#include "call/result_json.h"

#include <cmath>

#include "call/json_write.h"
#include "call/number_text.h"
#include "errors.h"

extern "C" {
#include "access/htup_details.h"
#include "common/base64.h"
#include "common/shortest_dec.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
}

namespace freshet {
namespace {

void append_integer(StringInfo out, int64 value) {
  char buffer[MAXINT8LEN + 1];
  int length = pg_lltoa(value, buffer);
  appendBinaryStringInfo(out, buffer, length);
}

void append_int8(StringInfo out, int64 value, const EncodePlace& place) {
  const char* column = place.column;
  if (place.any_int8) {
    append_integer(out, value);
    return;
  }
  if (value > kMaxSafeInteger || value < -kMaxSafeInteger) report_unsafe_integer(column);
  append_integer(out, value);
}

bool append_not_finite(StringInfo out, double value) {
  if (std::isnan(value))
    appendStringInfoString(out, "\"NaN\"");
  else if (std::isinf(value))
    appendStringInfoString(out, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  else
    return false;
  return true;
}

// `digits` decimal digits of a number, with leading zeros.
char* put_digits(char* at, int number, int digits) {
  for (int i = digits - 1; i >= 0; i--, number /= 10) at[i] = static_cast<char>('0' + number % 10);
  return at + digits;
}

char* put_clock(char* at, int hour, int minute, int second, int microsecond) {
  at = put_digits(at, hour, 2);
  *at++ = ':';
  at = put_digits(at, minute, 2);
  *at++ = ':';
  at = put_digits(at, second, 2);
  *at++ = '.';
  return put_digits(at, microsecond, 6);
}

// The fixed ISO form for years 1 to 9999; false for everything else (infinity, BC, far years), which is
// written as Postgres does.
bool append_timestamp(StringInfo out, Timestamp value, bool with_zone) {
  struct pg_tm tm;
  fsec_t fraction;
  if (TIMESTAMP_NOT_FINITE(value) || timestamp2tm(value, nullptr, &tm, &fraction, nullptr, nullptr) != 0)
    return false;
  if (tm.tm_year < 1 || tm.tm_year > 9999) return false;
  char buffer[40];
  char* at = buffer;
  *at++ = '"';
  at = put_digits(at, tm.tm_year, 4);
  *at++ = '-';
  at = put_digits(at, tm.tm_mon, 2);
  *at++ = '-';
  at = put_digits(at, tm.tm_mday, 2);
  *at++ = 'T';
  at = put_clock(at, tm.tm_hour, tm.tm_min, tm.tm_sec, fraction);
  if (with_zone) *at++ = 'Z';
  *at++ = '"';
  appendBinaryStringInfo(out, buffer, at - buffer);
  return true;
}

void append_time(StringInfo out, TimeADT value) {
  struct pg_tm tm;
  fsec_t fraction;
  time2tm(value, &tm, &fraction);
  char buffer[24];
  char* at = buffer;
  *at++ = '"';
  at = put_clock(at, tm.tm_hour, tm.tm_min, tm.tm_sec, fraction);
  *at++ = '"';
  appendBinaryStringInfo(out, buffer, at - buffer);
}

void append_output(StringInfo out, JsonType* type, Datum value) {
  char* text = OutputFunctionCall(&type->output, value);
  append_json_string(out, text, strlen(text));
}

void append_bytea(StringInfo out, Datum value) {
  bytea* bytes = DatumGetByteaPP(value);
  int length = VARSIZE_ANY_EXHDR(bytes);
  int room = pg_b64_enc_len(length);
  appendStringInfoChar(out, '"');
  enlargeStringInfo(out, room + 1);
  int written = pg_b64_encode(VARDATA_ANY(bytes), length, out->data + out->len, room);
  if (written < 0) elog(ERROR, "base64 does not fit its own bound");
  out->len += written;
  out->data[out->len] = '\0';
  appendStringInfoChar(out, '"');
}

struct ArrayCursor {
  const JsonType* type;
  Datum* values;
  bool* nulls;
  int next;
  int dimensions;
  int* lengths;
  EncodePlace place;
};

void append_dimension(StringInfo out, ArrayCursor* array, int dimension) {
  appendStringInfoChar(out, '[');
  for (int i = 0; i < array->lengths[dimension]; i++) {
    if (i > 0) appendStringInfoChar(out, ',');
    if (dimension + 1 < array->dimensions) {
      append_dimension(out, array, dimension + 1);
    } else {
      append_json_value(out, array->type->element, -1, array->values[array->next], array->nulls[array->next],
                        array->place);
      array->next++;
    }
  }
  appendStringInfoChar(out, ']');
}

void append_array(StringInfo out, const JsonType* type, Datum value, const EncodePlace& place) {
  ArrayType* array = DatumGetArrayTypeP(value);
  if (ARR_NDIM(array) == 0) {
    appendStringInfoString(out, "[]");
    return;
  }
  int16 length;
  bool by_value;
  char alignment;
  get_typlenbyvalalign(type->element, &length, &by_value, &alignment);
  ArrayCursor cursor = {type, nullptr, nullptr, 0, ARR_NDIM(array), ARR_DIMS(array), place};
  int count;
  deconstruct_array(array, type->element, length, by_value, alignment, &cursor.values, &cursor.nulls, &count);
  append_dimension(out, &cursor, 0);
}

void append_row(StringInfo out, TupleDesc row, const Datum* values, const bool* nulls, bool any_int8) {
  char before = '{';
  for (int i = 0; i < row->natts; i++) {
    Form_pg_attribute column = TupleDescAttr(row, i);
    if (column->attisdropped) continue;
    appendStringInfoChar(out, before);
    append_json_string(out, NameStr(column->attname), strlen(NameStr(column->attname)));
    appendStringInfoChar(out, ':');
    append_json_value(out, column->atttypid, column->atttypmod, values[i], nulls[i],
                      {NameStr(column->attname), any_int8});
    before = ',';
  }
  if (before == '{') appendStringInfoChar(out, '{');
  appendStringInfoChar(out, '}');
}

void append_composite(StringInfo out, Datum value, bool any_int8) {
  HeapTupleHeader header = DatumGetHeapTupleHeader(value);
  TupleDesc row = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
  HeapTupleData tuple = {};
  tuple.t_len = HeapTupleHeaderGetDatumLength(header);
  ItemPointerSetInvalid(&tuple.t_self);
  tuple.t_data = header;
  Datum* values = static_cast<Datum*>(palloc(sizeof(Datum) * Max(row->natts, 1)));
  bool* nulls = static_cast<bool*>(palloc(sizeof(bool) * Max(row->natts, 1)));
  heap_deform_tuple(&tuple, row, values, nulls);
  append_row(out, row, values, nulls, any_int8);
  ReleaseTupleDesc(row);
}

}  // namespace

void append_json_value(StringInfo out, Oid oid, int32 typmod, Datum value, bool is_null,
                       const EncodePlace& place) {
  if (is_null) {
    appendStringInfoString(out, "null");
    return;
  }
  JsonType* type = json_type(oid);
  if (type == nullptr)
    ereport(ERROR, (errcode(kSchemaChanged),
                    errmsg("\"%s\" has type %s, which has no JSON form", place.column, format_type_be(oid)),
                    errhint("Cast it to text or jsonb in the function."),
                    err_generic_string(PG_DIAG_COLUMN_NAME, place.column)));
  char buffer[DOUBLE_SHORTEST_DECIMAL_LEN];
  switch (type->shape) {
    case JsonShape::kBool:
      appendStringInfoString(out, DatumGetBool(value) ? "true" : "false");
      return;
    case JsonShape::kInteger:
      append_integer(out, type->length == 2 ? DatumGetInt16(value) : DatumGetInt32(value));
      return;
    case JsonShape::kInt8:
      append_int8(out, DatumGetInt64(value), place);
      return;
    case JsonShape::kFloat4:
      if (append_not_finite(out, DatumGetFloat4(value))) return;
      appendBinaryStringInfo(out, buffer, float_to_shortest_decimal_bufn(DatumGetFloat4(value), buffer));
      return;
    case JsonShape::kFloat8:
      if (append_not_finite(out, DatumGetFloat8(value))) return;
      appendBinaryStringInfo(out, buffer, double_to_shortest_decimal_bufn(DatumGetFloat8(value), buffer));
      return;
    case JsonShape::kText: {
      text* bytes = DatumGetTextPP(value);
      append_json_string(out, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
      return;
    }
    case JsonShape::kTime:
      append_time(out, DatumGetTimeADT(value));
      return;
    case JsonShape::kTimestamp:
      if (!append_timestamp(out, DatumGetTimestamp(value), false)) append_output(out, type, value);
      return;
    case JsonShape::kTimestampTz:
      if (!append_timestamp(out, DatumGetTimestampTz(value), true)) append_output(out, type, value);
      return;
    case JsonShape::kDate:
    case JsonShape::kOutput:
    case JsonShape::kEnum:
      append_output(out, type, value);
      return;
    case JsonShape::kBytea:
      append_bytea(out, value);
      return;
    case JsonShape::kJson: {
      text* bytes = DatumGetTextPP(value);
      appendBinaryStringInfo(out, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
      return;
    }
    case JsonShape::kJsonb: {
      Jsonb* document = DatumGetJsonbP(value);
      JsonbToCString(out, &document->root, VARSIZE(document));
      return;
    }
    case JsonShape::kArray:
      append_array(out, type, value, place);
      return;
    case JsonShape::kComposite:
    case JsonShape::kRecord:
      append_composite(out, value, place.any_int8);
      return;
    case JsonShape::kHstore: {
      text* bytes = DatumGetTextPP(FunctionCall1(&type->hstore_to_json, value));
      appendBinaryStringInfo(out, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
      return;
    }
    case JsonShape::kVoid:
      appendStringInfoString(out, "null");
      return;
  }
  pg_unreachable();
}

}  // namespace freshet
