#pragma once

// Values that an index computes from a row, `lower(email)` or `data->>'status'`: columns of the table that
// are not stored. Run and decoding find the same ones in the catalog and name them alike, so that no
// expression travels: a name that one side does not know is a column of which nothing is known.
//
// Only expressions are taken that may be computed anywhere, also while decoding: immutable built-in functions
// of stored columns.

#include "row_key/row_key.h"

extern "C" {
#include "nodes/bitmapset.h"
#include "nodes/nodes.h"
}

namespace freshet {

// An attribute number, or above kMaxAttribute the name of an expression.
using ColumnId = uint64;
inline constexpr ColumnId kMaxAttribute = 0xffff;

struct ExpressionColumn {
  ColumnId id;
  Node* expression;  // as the catalog has it: the table is range table entry 1
  Node* simplified;  // as the planner has it
  Oid index;         // one that has it,
  int position;      // as its column number (from 1)
  Bitmapset* inputs;
  RowKeyCodec* codec;
};

// Whether an expression (the table is range table entry 1) does nothing but compute from stored columns of
// types as they are now, by immutable built-in functions.
bool is_computable(Node* expression, TupleDesc columns);

// The columns that it is computed from.
Bitmapset* inputs_of(Node* expression);

// Those of `relation`, palloc'd, and how many. With `simplified` it must not be called while decoding, since
// simplifying evaluates. Two indexes with one expression yield it twice.
int expression_columns(Relation relation, bool simplified, ExpressionColumn** columns);

}  // namespace freshet
