// Watching one scan node: an entry when it first runs, and for a parametrised scan the keys of each run.
//
// The node's ExecProcNode is wrapped until its first call, which evaluates what the scan was asked for, and
// again after each rescan, so that there is no cost per tuple. What depends on how far a scan was read is
// added when its run ends: at the next rescan or at the end of the statement. Relied upon: ExecReScan() calls
// ReScanExprContext on the node's expression context before anything else, which fires the callback that
// wraps again.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/read_set.h"

extern "C" {
#include "executor/execdesc.h"
#include "utils/relcache.h"
}

namespace freshet::read_set {

struct WatchedScan;
struct JoinFlow;

// One tracked ExecutorStart ... ExecutorEnd, in its es_query_cxt; gone when that context is.
struct Execution {
  QueryDesc* query;
  ReadSet* set;          // where it reports to; NULL once that capture ended
  bool order_dependent;  // all entries
  bool order_matters;    // statements run inside must have a defined order or be order-dependent
  bool in_part;          // taken row by row, and not to the end so far
  bool unbounded;        // rows may be taken otherwise than once in order
  bool ended;            // its nodes are about to go, or gone
  WatchedScan* scans;
  JoinFlow* joins;  // those that run once
  Execution* next;
};

// Starts to watch `node`, a scan of `relation`. A node that is watched already stays so; `order_dependent`
// adds up. `restorable`: it may be set back to a row that it returned before.
void watch_scan(Execution* execution, PlanState* node, Relation relation, bool order_dependent,
                bool restorable);

// `sort` runs once and takes all that the scan `node` returns, and its key number `key` (from 0) is the
// scan's column `attnum`. To be told of one key after the other.
void follow_sort(PlanState* node, AttrNumber attnum, SortState* sort, int key);

// The statement ends regularly, and its nodes still stand where they stopped.
void finish_runs(Execution* execution);

// From now on the order of rows matters to whoever takes them; what was reported before is reported so again.
void depend_on_order(Execution* execution);

// What began and did not come to tell its keys counts as read in general.
void settle_open_runs(Execution* execution);

// Forgets the scans, whose nodes are about to go.
void unwatch_scans(Execution* execution);

}  // namespace freshet::read_set
