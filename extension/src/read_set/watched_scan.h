// One scan node that is watched, as the files of this folder see it; probes.cpp makes it and drives it.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/order_steps.h"
#include "read_set/probes.h"
#include "read_set/returned_rows.h"
#include "read_set/scan_terms.h"

namespace freshet::read_set {

struct WatchedScan {
  PlanState* node;  // key of the table of watched scans
  ExecProcNodeMtd real;
  Execution* execution;
  WatchedScan* next;
  Oid table;
  Relation relation;  // open while the statement is; an error closes it before the scan is forgotten
  Columns columns;
  OperandStates operands;
  Condition fixed;  // in es_query_cxt
  bool order_dependent;
  bool prepared;
  bool varies;
  bool open;       // a run began and is not reported yet
  bool run_known;  // `run` is what the open run asks for
  bool
      saturated;  // nothing that later runs ask for could add anything: the fixed part stands for all of them
  int keys;
  Condition run;             // `fixed`, or in run_memory
  MemoryContext run_memory;  // below the read set's
  // How far it was read, and which rows found a partner, is known at the end of a run only.
  bool bounded;     // reads in order, and from one end to where it stops
  SortState* sort;  // takes its rows in the order of `sort_columns` first, if it runs once
  int sort_column_count;
  AttrNumber sort_columns[kMaxSteps];
  bool joined;   // in a join of Execution::joins, which runs once
  bool repeats;  // the join runs it again and again, always to ask for the same
  bool ran_again;
  bool counts_run;    // the open run is among the entry's runs, and did not come to its end
  bool read_to_end;   // by its first run
  ReturnedRows rows;  // wrapped for each row while they are told or valued
  bool in_call;       // an error now may come from a row that is not returned
  // What the open run turned out to ask for, while the statement ends.
  bool settled;
  bool settling;
  Condition outcome;
};

// The watched scan that `node` is, or NULL.
WatchedScan* find_scan(PlanState* node);

// What the open run of `scan` asked for, with all that is known at its end.
Condition run_outcome(WatchedScan* scan);

}  // namespace freshet::read_set
