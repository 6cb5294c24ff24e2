// A cursor: a place in the order of one paged query, as text that clients keep. It holds the order columns of
// a row, the names of the claims that had been read when it was made, and a MAC over these, the values of
// those claims, path, order and arguments.
//
// Reading one reads those claims anew (they then belong to what the run read): so a page is shared only by
// those for whom its cursors are good, and a cursor is good for as long as what it was made for is.
#pragma once

#include "page/order.h"

namespace freshet {

struct CursorScope {
  const Function* function;
  const PageOrder* order;
  const char* arguments;  // JSON
};

// The values of the order's columns at a place.
struct PagePlace {
  Datum* values;
  bool* nulls;
};

// Raises too_large when the columns are too long for one.
char* write_cursor(const CursorScope& scope, const PagePlace& place);

// Raises invalid_cursor unless it is one of this scope and of the open identity.
PagePlace read_cursor(const CursorScope& scope, const char* text);

}  // namespace freshet
