// The statement that reads one page: the function's call with the range, the order and the limit around it.
#pragma once

#include "page/range.h"

namespace freshet {

struct PageStatement {
  char* sql;                // nullptr: nothing lies in the range
  PallocVector<Oid> types;  // of all parameters: arguments given, `after`, `until`, row limit
};

// Each of its arms stops at the limit; whoever takes the rows stops at the first that is enough.
PageStatement compose_page(const Function* function, const PageOrder* order, const bool* given,
                           const PagePlace* after, const PagePlace* until);

}  // namespace freshet
