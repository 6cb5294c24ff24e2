// How far something lies in an order of several columns: (a, b, c) up to (x, y, z).
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/atoms.h"

namespace freshet::read_set {

// One column of the order, and its value at the place in question. The order of the stream: `ascending` is
// that of order keys.
struct OrderStep {
  ColumnId column;
  bool ascending;
  bool nulls_first;
  bool null;  // the value is
  const uint8* key;
  uint32 size;
};

// More columns are not looked at: each makes an alternative.
inline constexpr int kMaxSteps = 3;

// The step of `column op value`, where `op` is one of < <= > >= and no null comes before a value. False: it
// has none that can be told.
bool order_step(const Terms& terms, ColumnId column, Oid op, Oid collation, const Operand& operand,
                OrderStep* step);

// Rows that come before the place, and with `inclusive` those that are level with it on all steps.
Condition up_to(const OrderStep* steps, int count, bool inclusive);

}  // namespace freshet::read_set
