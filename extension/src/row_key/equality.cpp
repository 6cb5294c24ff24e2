#include "row_key/codec.h"

#include "compat.h"
#include "mutant.h"

extern "C" {
#include "access/stratnum.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

constexpr bool kMutantCollationIgnored = FRESHET_MUTANT_IS(EQUALITY_COLLATION_IGNORED);

// Does equality under `collation` imply equal hashes under the column's? Any two deterministic collations
// agree that equal means equal in bytes.
bool same_equality(const RowKeyCodec* codec, Oid collation) {
  if (kMutantCollationIgnored || codec->key.collation == collation || !OidIsValid(codec->key.collation))
    return true;
  return codec->deterministic && OidIsValid(collation) && get_collation_isdeterministic(collation);
}

uint64 hash_of(RowKeyCodec* codec, Oid collation, Datum value) {
  constexpr int64 kSeed = 0;
  return DatumGetUInt64(FunctionCall2Coll(&codec->hash, collation, value, Int64GetDatum(kSeed)));
}

}  // namespace

bool row_key_has_eq(RowKeyCodec* codec) { return fresh(codec)->has_eq; }

bool row_key_eq(RowKeyCodec* codec, Datum value, uint64* hash) {
  if (!fresh(codec)->has_eq) return false;
  *hash = hash_of(codec, codec->key.collation, value);
  return true;
}

bool row_key_is_equality(RowKeyCodec* codec, Oid op, Oid collation) {
  if (!fresh(codec)->has_eq || !same_equality(codec, collation)) return false;
  if (get_op_opfamily_strategy(op, codec->hash_family) != HTEqualStrategyNumber) return false;
  Oid left, right;
  op_input_types(op, &left, &right);
  return left == codec->hash_input;
}

bool row_key_operand_eq(RowKeyCodec* codec, Oid operand_type, Datum operand, uint64* hash) {
  if (!fresh(codec)->has_eq) return false;
  RowKeyCodec* other = row_key_codec(operand_type, codec->key.collation);
  if (!other->has_eq || other->hash_family != codec->hash_family) return false;
  // hashname knows no collation: under one that equates different bytes it does not agree with hashtext.
  if (!codec->deterministic && other->hash.fn_oid != codec->hash.fn_oid) return false;
  *hash = hash_of(other, codec->key.collation, operand);
  return true;
}

}  // namespace freshet
