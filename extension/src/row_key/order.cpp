#include "row_key/codec.h"
#include "row_key/numeric_order.h"

#include "compat.h"
#include "mutant.h"

extern "C" {
#include "access/stratnum.h"
#include "access/transam.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "utils/cash.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
}

// Every key is self-contained, so a variable-length one needs no terminator: the reader compares a prefix as
// smaller.

namespace freshet {
namespace {

constexpr bool kMutantZeroSign = FRESHET_MUTANT_IS(MINUS_ZERO_BELOW_ZERO);
constexpr bool kMutantAnyCollation = FRESHET_MUTANT_IS(ORDER_UNDER_ANY_COLLATION);

constexpr uint64 kSign = UINT64_C(1) << 63;

void append_big_endian(StringInfo key, uint64 value, int size) {
  char bytes[8];
  for (int i = 0; i < size; ++i) bytes[i] = static_cast<char>(value >> (8 * (size - 1 - i)));
  appendBinaryStringInfoNT(key, bytes, size);
}

void append_signed(StringInfo key, int64 value) {
  append_big_endian(key, static_cast<uint64>(value) ^ kSign, 8);
}

int64 signed_value(const RowKeyCodec* codec, Datum value) {
  switch (codec->typlen) {
    case 1:
      return DatumGetChar(value);
    case 2:
      return DatumGetInt16(value);
    case 4:
      return DatumGetInt32(value);
    default:
      return DatumGetInt64(value);
  }
}

uint64 unsigned_value(const RowKeyCodec* codec, Datum value) {
  switch (codec->typlen) {
    case 1:
      return DatumGetUInt8(value);
    case 2:
      return DatumGetUInt16(value);
    case 4:
      return DatumGetUInt32(value);
    default:
      return DatumGetUInt64(value);
  }
}

// btree order: -0 equals 0, NaN equals NaN and is above infinity.
void append_float(StringInfo key, double value) {
  uint64 bits = 0;
  if (value != value) {
    append_big_endian(key, PG_UINT64_MAX, 8);
    return;
  }
  if (value != 0 || kMutantZeroSign) memcpy(&bits, &value, sizeof bits);
  append_big_endian(key, (bits & kSign) != 0 ? ~bits : bits | kSign, 8);
}

// timetz sorts by the instant, then by the zone.
void append_timetz(StringInfo key, const TimeTzADT* value) {
  append_signed(key, value->time + value->zone * USECS_PER_SEC);
  append_big_endian(key, static_cast<uint32>(value->zone) ^ UINT32_C(0x80000000), 4);
}

// The length that interval comparison uses: a month counts 30 days, a day 24 hours, in 128 bits.
void append_interval(StringInfo key, const Interval* value) {
  const __int128 days = static_cast<__int128>(value->month) * DAYS_PER_MONTH + value->day;
  const __int128 span = days * USECS_PER_DAY + value->time;
  append_signed(key, static_cast<int64>(span >> 64));
  append_big_endian(key, static_cast<uint64>(span), 8);
}

bool append_enum(StringInfo key, Oid label) {
  HeapTuple tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(label));
  if (!HeapTupleIsValid(tuple)) return false;
  const double place = ((Form_pg_enum)GETSTRUCT(tuple))->enumsortorder;
  ReleaseSysCache(tuple);
  append_float(key, place);
  return true;
}

bool append_bytes(StringInfo key, const char* data, int size) {
  if (size > kMaxOrderKey) return false;
  appendBinaryStringInfoNT(key, data, size);
  return true;
}

bool append_varlena(StringInfo key, Datum value, bool blank_padded) {
  varlena* plain = PG_DETOAST_DATUM_PACKED(value);
  const char* data = VARDATA_ANY(plain);
  int size = VARSIZE_ANY_EXHDR(plain);
  if (blank_padded)
    while (size > 0 && data[size - 1] == ' ') --size;
  const bool fits = append_bytes(key, data, size);
  if (reinterpret_cast<char*>(plain) != DatumGetPointer(value)) pfree(plain);
  return fits;
}

bool append_text(const RowKeyCodec* codec, StringInfo key, Datum value) {
  if (codec->btree_input == NAMEOID) {
    const char* data = NameStr(*DatumGetName(value));
    return append_bytes(key, data, strnlen(data, NAMEDATALEN));
  }
  return append_varlena(key, value, false);
}

bool by_bytes(Oid collation) {
  return kMutantAnyCollation || (OidIsValid(collation) && collation_is_c(collation));
}

bool append_key(const RowKeyCodec* codec, Datum value, StringInfo key) {
  switch (codec->order) {
    case OrderCode::kNone:
      return false;
    case OrderCode::kInteger:
    case OrderCode::kSigned:
      append_signed(key, signed_value(codec, value));
      return true;
    case OrderCode::kUnsigned:
      append_big_endian(key, unsigned_value(codec, value), 8);
      return true;
    case OrderCode::kFloat:
      append_float(key, codec->typlen == 4 ? DatumGetFloat4(value) : DatumGetFloat8(value));
      return true;
    case OrderCode::kFixed:
      return append_bytes(key, DatumGetPointer(value), codec->typlen);
    case OrderCode::kBytea:
      return append_varlena(key, value, false);
    case OrderCode::kText:
      return append_text(codec, key, value);
    case OrderCode::kBpchar:
      return append_varlena(key, value, true);
    case OrderCode::kTimetz:
      append_timetz(key, DatumGetTimeTzADTP(value));
      return true;
    case OrderCode::kInterval:
      append_interval(key, DatumGetIntervalP(value));
      return true;
    case OrderCode::kNumeric:
      return append_numeric(key, value, kMaxOrderKey);
    case OrderCode::kEnum:
      return append_enum(key, DatumGetObjectId(value));
  }
  return false;
}

}  // namespace

OrderCode order_code_of(Oid btree_family, Oid btree_input, Oid collation) {
  // Only the families that come with the server are known to sort as coded here.
  if (!OidIsValid(btree_family) || btree_family >= FirstGenbkiObjectId) return OrderCode::kNone;
  switch (btree_input) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return OrderCode::kInteger;
    case FLOAT4OID:
    case FLOAT8OID:
      return OrderCode::kFloat;
    case DATEOID:
    case TIMEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
    case CASHOID:
      return OrderCode::kSigned;
    case BOOLOID:
    case CHAROID:
    case OIDOID:
    case XID8OID:
    case LSNOID:
      return OrderCode::kUnsigned;
    case UUIDOID:
    case MACADDROID:
    case MACADDR8OID:
      return OrderCode::kFixed;
    case BYTEAOID:
      return OrderCode::kBytea;
    case TEXTOID:
    case NAMEOID:
      return by_bytes(collation) ? OrderCode::kText : OrderCode::kNone;
    case BPCHAROID:
      return by_bytes(collation) ? OrderCode::kBpchar : OrderCode::kNone;
    case TIMETZOID:
      return OrderCode::kTimetz;
    case INTERVALOID:
      return OrderCode::kInterval;
    case NUMERICOID:
      return OrderCode::kNumeric;
    case ANYENUMOID:
      return OrderCode::kEnum;
    default:
      return OrderCode::kNone;
  }
}

bool row_key_has_order(RowKeyCodec* codec) { return fresh(codec)->order != OrderCode::kNone; }

bool row_key_order(RowKeyCodec* codec, Datum value, StringInfo key) {
  return append_key(fresh(codec), value, key);
}

int row_key_order_strategy(RowKeyCodec* codec, Oid op, Oid collation) {
  fresh(codec);
  if (codec->order == OrderCode::kNone) return 0;
  const bool is_text = codec->order == OrderCode::kText || codec->order == OrderCode::kBpchar;
  if (is_text && !by_bytes(collation)) return 0;
  Oid left, right;
  op_input_types(op, &left, &right);
  if (left != codec->btree_input) return 0;
  return get_op_opfamily_strategy(op, codec->btree_family);
}

bool row_key_operand_order(RowKeyCodec* codec, Oid operand_type, Datum operand, StringInfo key) {
  fresh(codec);
  if (codec->order == OrderCode::kNone) return false;
  const RowKeyCodec* other = row_key_codec(operand_type, codec->key.collation);
  if (other->order != codec->order) return false;
  // Within these codes the keys of different types compare with each other; elsewhere 1 of one type is not 1
  // of another.
  const bool across_types = codec->order == OrderCode::kInteger || codec->order == OrderCode::kFloat ||
                            codec->order == OrderCode::kText;
  if (!across_types && other->btree_input != codec->btree_input) return false;
  // Labels of another enum have places of their own.
  if (codec->order == OrderCode::kEnum && other->key.type != codec->key.type) return false;
  return append_key(other, operand, key);
}

}  // namespace freshet
