// Takes the rows of a page from the executor: writes them as JSON, checks that each comes behind the one
// before, remembers their places, and stops at the first row that is too many.
#pragma once

#include "call/row_receiver.h"
#include "page/range.h"

namespace freshet {

struct PageRows {
  DestReceiver base;  // first: the executor sees only this
  RowReceiver json;
  const PageOrder* order;
  int64 wanted;  // rows of the page; one more tells that there is more
  bool has_more;
  int* positions;  // of the order's columns in a row
  MemoryContext context;
  PallocVector<PagePlace> places;  // of the rows taken
};

void page_rows_init(PageRows* rows, const Function* function, const PageOrder* order, int64 wanted,
                    StringInfo out);

}  // namespace freshet
