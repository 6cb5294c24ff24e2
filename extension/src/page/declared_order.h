// The `order_by` that expose() was given: 'created_at desc, name collate "C" nulls first, id'.
#pragma once

#include "page/order.h"
#include "page/result_columns.h"

namespace freshet {

struct DeclaredColumn {
  OrderColumn column;
  bool collation_given;
};

// Empty with `*problem`, a clause, when the text is not an order of these columns. Never executed: only its
// grammar is the server's.
PallocVector<DeclaredColumn> declared_order(const char* text, const PallocVector<ResultColumn>& results,
                                            const char** problem);

}  // namespace freshet
