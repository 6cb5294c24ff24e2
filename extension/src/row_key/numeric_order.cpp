#include "row_key/numeric_order.h"

#include "compat.h"
#include "freshet_wire/bytes.hpp"
#include "mutant.h"

extern "C" {
#include "utils/numeric.h"
}

// Form: class byte, then for finite values other than zero the weight of the first base-10000 digit and the
// digits, each plus one, without trailing zeros. Of two positive numbers that share a prefix the longer is
// greater, and so is its key. A negative number has the complement of all that and ends in the complement of
// a zero, which sorts above any further digit: there the longer is smaller.

namespace freshet {
namespace {

constexpr bool kMutantUnterminated = FRESHET_MUTANT_IS(NEGATIVE_NUMERIC_UNTERMINATED);

enum Class : uint8 { kMinusInfinity, kNegative, kZero, kPositive, kPlusInfinity, kNan };

// Signs in numeric's external binary form, which is the only documented view of its digits.
constexpr uint16 kSignNegative = 0x4000;
constexpr uint16 kSignNan = 0xC000;
constexpr uint16 kSignPlusInfinity = 0xD000;
constexpr uint16 kSignMinusInfinity = 0xF000;

uint16 network16(const uint8* at) { return static_cast<uint16>(at[0] << 8 | at[1]); }

void append_class(StringInfo key, Class value) { appendStringInfoCharMacro(key, static_cast<char>(value)); }

void append16(StringInfo key, uint16 value) {
  const char bytes[2] = {static_cast<char>(value >> 8), static_cast<char>(value)};
  appendBinaryStringInfoNT(key, bytes, 2);
}

}  // namespace

bool append_numeric(StringInfo key, Datum value, int limit) {
  bytea* sent = DatumGetByteaP(DirectFunctionCall1(numeric_send, value));
  const uint8* at = reinterpret_cast<const uint8*>(VARDATA(sent));
  int count = network16(at);
  int weight = static_cast<int16>(network16(at + 2));
  const uint16 sign = network16(at + 4);
  const uint8* digits = at + 8;
  while (count > 0 && network16(digits) == 0) digits += 2, --count, --weight;
  while (count > 0 && network16(digits + 2 * (count - 1)) == 0) --count;

  bool fits = true;
  if (sign == kSignNan) {
    append_class(key, kNan);
  } else if (sign == kSignPlusInfinity) {
    append_class(key, kPlusInfinity);
  } else if (sign == kSignMinusInfinity) {
    append_class(key, kMinusInfinity);
  } else if (count == 0) {
    append_class(key, kZero);
  } else if (count > (limit - 5) / 2) {
    fits = false;
  } else {
    const bool negative = sign == kSignNegative;
    const uint16 flip = negative ? 0xFFFF : 0;
    append_class(key, negative ? kNegative : kPositive);
    append16(key, static_cast<uint16>((weight + 0x8000) ^ flip));
    for (int i = 0; i < count; ++i)
      append16(key, static_cast<uint16>((network16(digits + 2 * i) + 1) ^ flip));
    if (negative && !kMutantUnterminated) append16(key, flip);
  }
  pfree(sent);
  return fits;
}

}  // namespace freshet
