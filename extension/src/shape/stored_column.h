// The shape of what tables hold.
#pragma once

#include "shape/shape.h"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace freshet {

// NOT NULL counts only where it is enforced for every row that the scan gives: in no foreign table, and in
// every child.
const Shape* stored_column(const RangeTblEntry* entry, AttrNumber column);

// A row in one piece.
const Shape* stored_row(const RangeTblEntry* entry);

}  // namespace freshet
