// What an execution that is over shows about how it was done: tables read from end to end, limits.
#pragma once

#include "compat.h"

extern "C" {
#include "executor/execdesc.h"
#include "nodes/pg_list.h"
}

namespace freshet::advise {

// A table that was read from end to end, to be filtered.
struct ScanNote {
  Oid table;
  char* columns;  // what an index could hold the table to, as CREATE INDEX writes it; equalities first
  double read;
  double kept;
};

struct PlanNotes {
  List* scans;  // ScanNote*
  bool limited;
  bool unordered_limit;  // LIMIT or OFFSET over rows in no defined order
  int64 offset;          // rows that were skipped, the most of any node
};

// Of a plan whose nodes were instrumented. In the current memory context.
PlanNotes plan_notes(QueryDesc* query);

}  // namespace freshet::advise
