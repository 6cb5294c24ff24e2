// What lies between two places of an order, as conditions on its columns: a list of arms, each in itself in
// the order, one after the other the whole range. An arm pins the first columns to one value (or NULL) and
// bounds the next one, so that an index in that order reads it from end to end and nothing else.
#pragma once

#include "page/cursor.h"

namespace freshet {

enum class BoundKind : uint8 {
  kEqual,
  kIsNull,
  kIsNotNull,
  kAfter,   // further in the order: `>` where it ascends, `<` where it descends
  kBefore,  // the other way
  kUpTo,    // before, or equal
};

struct ColumnBound {
  int column;
  BoundKind kind;
  bool of_until;  // the value is that of `until`, else of `after`
};

using RangeArm = PallocVector<ColumnBound>;

// The order of two places as the columns' comparison has it: negative, 0 or positive.
int compare_places(const PageOrder* order, const PagePlace& a, const PagePlace& b);

// All rows behind `after` up to and including `until`; either may be nullptr: no bound there. Without any arm
// nothing lies between them.
PallocVector<RangeArm> range_arms(const PageOrder* order, const PagePlace* after, const PagePlace* until);

// True when one comparison of rows says the same: all columns go one way and neither they nor the places hold
// NULL.
bool is_row_comparison(const PageOrder* order, const PagePlace* after, const PagePlace* until);

}  // namespace freshet
