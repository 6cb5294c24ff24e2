#pragma once

// One decoded row change in the codings of the change set. Everything that it points to lives in the memory
// context that was current when it was made.

#include "change_set/table.h"
#include "freshet_wire/change_set.hpp"

extern "C" {
#include "access/htup.h"
}

namespace freshet {

struct ColumnValue {
  ColumnId column;
  wire::ValueState state;
  uint8 parts;  // of a known value: those that could be had
  uint64 eq;
  StringInfoData order;
  wire::Hash128 image;
};

// Columns that are not listed are unknown.
struct RowSide {
  int count;
  ColumnValue* values;
};

struct RowChange {
  wire::RowKind kind;
  uint8 flags;  // wire::RowFlag
  wire::Hash128 old_key;
  wire::Hash128 new_key;
  RowSide old_side;
  RowSide new_side;
};

// `old_tuple` is what was logged of the old row (NULL: nothing), `new_tuple` NULL for a DELETE. False: the
// decoded change has no tuple where there must be one, so that nothing can be said about the row.
bool code_row(const ChangedTable& table, TupleDesc columns, wire::RowKind kind, HeapTuple old_tuple,
              HeapTuple new_tuple, const wire::SipKey& key, RowChange* change);

}  // namespace freshet
