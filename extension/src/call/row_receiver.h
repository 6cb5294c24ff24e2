// Takes rows from the executor and writes them as JSON at once: no tuple of a result is ever kept.
#pragma once

#include "call/function.h"

extern "C" {
#include "lib/stringinfo.h"
#include "tcop/dest.h"
}

namespace freshet {

struct RowReceiver {
  DestReceiver base;  // first: the executor sees only this
  const Function* function;
  StringInfo out;
  bool as_objects;  // else the first column alone
  int64 rows;
  int64 row_limit;  // more is too_large
  TupleDesc row;
  MemoryContext row_context;
  int* prefix_ends;  // end of each column's `"name":` in `prefixes`
  StringInfoData prefixes;
  bool may_hide_numbers;      // some column is written by others than our encoder: json, or holds it
  const struct Shape* forms;  // of the numbers of a row, once asked for
};

void row_receiver_init(RowReceiver* receiver, const Function* function, StringInfo out, bool as_objects);

}  // namespace freshet
