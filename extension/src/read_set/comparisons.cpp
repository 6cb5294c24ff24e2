#include "row_key/row_key.h"

#include "read_set/comparisons.h"

#include <algorithm>

#include "compat.h"
#include "mutant.h"
#include "read_set/term_columns.h"

extern "C" {
#include "access/stratnum.h"
#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
}

namespace freshet::read_set {
namespace {

// Built-in operators that were asked about last.
struct PlainOperator {
  Oid op;
  bool plain;
};
constexpr Oid kRecentOperators = 64;
PlainOperator recent_operators[kRecentOperators];

Condition equal_to(ColumnId attnum, uint64 hash) {
  uint64* hashes = static_cast<uint64*>(palloc(sizeof(uint64)));
  hashes[0] = hash;
  Atom atom{};
  atom.attnum = attnum;
  atom.kind = wire::AtomKind::kEq;
  atom.hash_count = 1;
  atom.hashes = hashes;
  return of_atom(atom);
}

Condition in_range(ColumnId attnum, int strategy, const StringInfoData& key) {
  Atom atom{};
  atom.attnum = attnum;
  atom.kind = wire::AtomKind::kRange;
  const uint8* bytes = reinterpret_cast<const uint8*>(key.data);
  const uint32 size = static_cast<uint32>(key.len);
  if (strategy != BTLessStrategyNumber && strategy != BTLessEqualStrategyNumber) {
    atom.range |= wire::kRangeHasLo;
    atom.lo = bytes;
    atom.lo_size = size;
    if (strategy != BTGreaterStrategyNumber) atom.range |= wire::kRangeLoInclusive;
  }
  if (strategy != BTGreaterStrategyNumber && strategy != BTGreaterEqualStrategyNumber) {
    atom.range |= wire::kRangeHasHi;
    atom.hi = bytes;
    atom.hi_size = size;
    if (strategy != BTLessStrategyNumber) atom.range |= wire::kRangeHiInclusive;
  }
  return of_atom(atom);
}

// The order key of an operand of `column op operand`. False: it has none.
bool order_key(RowKeyCodec* codec, const Operand& operand, StringInfo key) {
  initStringInfo(key);
  return row_key_operand_order(codec, operand.type, operand.value, key);
}

// Whether `op` is "not equal" in the order of the column's keys. Equality hashes cannot tell that two values
// differ, order keys can.
bool is_inequality(RowKeyCodec* codec, Oid op, Oid collation) {
  const Oid equality = get_negator(op);
  return OidIsValid(equality) && row_key_order_strategy(codec, equality, collation) == BTEqualStrategyNumber;
}

// Rows whose column is none of the keys, which are ascending: what lies between them.
Condition none_of(ColumnId attnum, const StringInfoData* keys, int count) {
  Condition result = never();
  for (int i = 0; i <= count; i++) {
    Atom atom{};
    atom.attnum = attnum;
    atom.kind = wire::AtomKind::kRange;
    if (i > 0) {
      atom.range |= wire::kRangeHasLo;
      atom.lo = reinterpret_cast<const uint8*>(keys[i - 1].data);
      atom.lo_size = static_cast<uint32>(keys[i - 1].len);
    }
    if (i < count) {
      atom.range |= wire::kRangeHasHi;
      atom.hi = reinterpret_cast<const uint8*>(keys[i].data);
      atom.hi_size = static_cast<uint32>(keys[i].len);
    }
    result = either(result, of_atom(atom));
  }
  return result;
}

bool is_prefix_operator(Oid op) {
  const RegProcedure function = get_opcode(op);
  return function == F_TEXTLIKE || function == F_STARTS_WITH;
}

// Rows with a text that begins as the pattern does, for LIKE and ^@ alike: up to where a wildcard may stand.
// Order keys of text are its bytes, so that all of them lie between the prefix and its successor.
Condition with_prefix(ColumnId attnum, RowKeyCodec* codec, const Operand& pattern) {
  char* prefix = TextDatumGetCString(pattern.value);
  prefix[strcspn(prefix, "%_\\")] = '\0';
  Size size = strlen(prefix);
  StringInfoData lo;
  StringInfoData hi;
  const Condition not_null = null_test(attnum, false);
  if (size == 0 || !order_key(codec, Operand{false, CStringGetTextDatum(prefix), TEXTOID}, &lo))
    return not_null;
  const Condition above = in_range(attnum, BTGreaterEqualStrategyNumber, lo);
  while (size > 0 && static_cast<uint8>(prefix[size - 1]) == 0xff) size--;
  if (size == 0) return above;
  prefix[size - 1]++;
  prefix[size] = '\0';
  if (!order_key(codec, Operand{false, CStringGetTextDatum(prefix), TEXTOID}, &hi)) return above;
  return both(above, in_range(attnum, BTLessStrategyNumber, hi));
}

// Rows with `column <> ALL (values)` TRUE.
Condition outside_of(const Terms& terms, ColumnId attnum, Oid type, const Datum* values, const bool* nulls,
                     int count) {
  if (count >= kMaxDisjuncts) return wider(terms, null_test(attnum, false));
  RowKeyCodec* codec = codec_of(terms, attnum);
  StringInfoData* keys = static_cast<StringInfoData*>(palloc(sizeof(StringInfoData) * count));
  for (int i = 0; i < count; i++) {
    if (nulls[i]) return never();
    if (!order_key(codec, Operand{false, values[i], type}, &keys[i]))
      return wider(terms, null_test(attnum, false));
  }
  const auto before = [](const StringInfoData& a, const StringInfoData& b) {
    const int order = memcmp(a.data, b.data, static_cast<Size>(Min(a.len, b.len)));
    return order != 0 ? order < 0 : a.len < b.len;
  };
  std::sort(keys, keys + count, before);
  int distinct = 0;
  for (int i = 0; i < count; i++) {
    if (distinct == 0 || before(keys[distinct - 1], keys[i])) keys[distinct++] = keys[i];
  }
  return none_of(attnum, keys, distinct);
}

}  // namespace

Condition null_test(ColumnId attnum, bool is_null) {
  Atom atom{};
  atom.attnum = attnum;
  atom.kind = is_null ? wire::AtomKind::kIsNull : wire::AtomKind::kIsNotNull;
  return of_atom(atom);
}

Condition boolean_column(const Terms& terms, ColumnId attnum, bool value) {
  uint64 hash;
  RowKeyCodec* codec = codec_of(terms, attnum);
  return row_key_eq(codec, BoolGetDatum(value), &hash) ? equal_to(attnum, hash) : unknown(terms);
}

bool is_plain_operator(Oid op) {
  if (!OidIsValid(op)) return false;
  PlainOperator* recent = &recent_operators[op % kRecentOperators];
  if (recent->op == op) return recent->plain;
  const bool plain = op_strict(op) &&
                     (op_volatile(op) == PROVOLATILE_IMMUTABLE || FRESHET_MUTANT_IS(STABLE_OPERATORS_TAKEN));
  if (op < FirstNormalObjectId) *recent = {op, plain};
  return plain;
}

bool is_comparison(const Terms& terms, ColumnId attnum, Oid op, Oid collation) {
  RowKeyCodec* codec = codec_of(terms, attnum);
  return is_plain_operator(op) &&
         (row_key_is_equality(codec, op, collation) || row_key_order_strategy(codec, op, collation) != 0 ||
          is_inequality(codec, op, collation));
}

Condition compare(const Terms& terms, ColumnId attnum, Oid op, Oid collation, const Operand& operand) {
  RowKeyCodec* codec = codec_of(terms, attnum);
  if (row_key_is_equality(codec, op, collation)) {
    uint64 hash;
    if (row_key_operand_eq(codec, operand.type, operand.value, &hash)) return equal_to(attnum, hash);
  }
  StringInfoData key;
  const int strategy = row_key_order_strategy(codec, op, collation);
  if (strategy != 0 && order_key(codec, operand, &key)) return in_range(attnum, strategy, key);
  if (strategy == 0 && is_inequality(codec, op, collation) && order_key(codec, operand, &key))
    return none_of(attnum, &key, 1);
  if (strategy == 0 && is_prefix_operator(op)) return wider(terms, with_prefix(attnum, codec, operand));
  return wider(terms, null_test(attnum, false));
}

Condition one_of_hashes(ColumnId attnum, uint64* hashes, int count) {
  if (count == 0) return never();
  std::sort(hashes, hashes + count);
  Atom atom{};
  atom.attnum = attnum;
  atom.hashes = hashes;
  atom.hash_count = static_cast<uint32>(std::unique(hashes, hashes + count) - hashes);
  atom.kind = atom.hash_count == 1 ? wire::AtomKind::kEq : wire::AtomKind::kIn;
  return of_atom(atom);
}

Condition outside(const Terms& terms, ColumnId attnum, Oid op, Oid collation, Oid type, const Datum* values,
                  int count) {
  if (!OidIsValid(op) || !is_plain_operator(op) || !is_inequality(codec_of(terms, attnum), op, collation))
    return wider(terms, null_test(attnum, false));
  bool* nulls = static_cast<bool*>(palloc0(sizeof(bool) * Max(count, 1)));
  return outside_of(terms, attnum, type, values, nulls, count);
}

Condition over_elements(const Terms& terms, ColumnId attnum, Oid op, Oid collation, ArrayType* array,
                        bool any) {
  const Oid type = ARR_ELEMTYPE(array);
  int16 length;
  bool by_value;
  char align;
  get_typlenbyvalalign(type, &length, &by_value, &align);
  Datum* values;
  bool* nulls;
  int count;
  deconstruct_array(array, type, length, by_value, align, &values, &nulls, &count);
  RowKeyCodec* codec = codec_of(terms, attnum);
  if (any && row_key_is_equality(codec, op, collation)) {
    uint64* hashes = static_cast<uint64*>(palloc(sizeof(uint64) * Max(count, 1)));
    int known = 0;
    bool complete = true;
    for (int i = 0; i < count && complete; i++) {
      if (nulls[i]) continue;
      complete = row_key_operand_eq(codec, type, values[i], &hashes[known]);
      if (complete) known++;
    }
    if (!complete) return unknown(terms);
    const Condition among = one_of_hashes(attnum, hashes, known);
    const bool too_many = known > 0 && among.conjs[0].atoms[0].hash_count > kMaxHashes;
    return too_many ? wider(terms, null_test(attnum, false)) : among;
  }
  if (!any && count > 0 && is_inequality(codec, op, collation))
    return outside_of(terms, attnum, type, values, nulls, count);
  if (count > kMaxDisjuncts) return wider(terms, null_test(attnum, false));
  Condition result = any ? never() : always();
  for (int i = 0; i < count; i++) {
    const Condition element =
        nulls[i] ? never() : compare(terms, attnum, op, collation, Operand{false, values[i], type});
    result = any ? either(result, element) : both(result, element);
  }
  return result;
}

}  // namespace freshet::read_set
