#include "read_set/probes.h"

#include "compat.h"
#include "mutant.h"
#include "read_set/capture.h"
#include "read_set/scan_terms.h"

extern "C" {
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
}

namespace freshet::read_set {

struct WatchedScan {
  PlanState* node;  // key of the table of watched scans
  ExecProcNodeMtd real;
  Execution* execution;
  WatchedScan* next;
  Relation relation;
  Columns columns;
  OperandStates operands;
  Condition fixed;       // in es_query_cxt
  bool order_dependent;
  bool prepared;
  bool varies;
  bool open;       // a run began and its keys are not known yet
  bool saturated;  // too many keys: the fixed part alone stands for all runs
  int keys;
};

namespace {

// Distinct keys of one scan node beyond which they are given up.
constexpr int kMaxKeys = 1000;

struct Slot {
  PlanState* node;
  WatchedScan* scan;
};

HTAB* watched;        // in TopMemoryContext, for the life of the backend
MemoryContext scratch;  // reset after each evaluation

WatchedScan* find_scan(PlanState* node) {
  if (watched == nullptr) return nullptr;
  const Slot* slot = static_cast<Slot*>(hash_search(watched, &node, HASH_FIND, nullptr));
  return slot == nullptr ? nullptr : slot->scan;
}

void make_tables() {
  HASHCTL control{};
  control.keysize = sizeof(PlanState*);
  control.entrysize = sizeof(Slot);
  control.hcxt = TopMemoryContext;
  watched = hash_create("freshet watched scans", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
  scratch = AllocSetContextCreate(TopMemoryContext, "freshet scan conditions", ALLOCSET_SMALL_SIZES);
}

TupleTableSlot* on_first_call(PlanState* node);

void unwrap(WatchedScan* scan) {
  scan->node->ExecProcNodeReal = scan->real;
  if (scan->node->ExecProcNode == on_first_call) scan->node->ExecProcNode = scan->real;
}

void wrap_again(WatchedScan* scan) {
  scan->node->ExecProcNodeReal = on_first_call;
  // Otherwise ExecProcNodeFirst or the instrumentation stands before it and goes through ExecProcNodeReal.
  if (scan->node->ExecProcNode == scan->real) scan->node->ExecProcNode = on_first_call;
}

void on_rescan(Datum argument) {
  WatchedScan* scan = reinterpret_cast<WatchedScan*>(DatumGetPointer(argument));
  if (scan->execution->set != nullptr && !scan->saturated) wrap_again(scan);
}

bool report(WatchedScan* scan, const Condition& condition) {
  return add(scan->execution->set, RelationGetRelid(scan->relation), scan->columns,
             scan->order_dependent || scan->execution->order_dependent, condition);
}

void prepare(WatchedScan* scan) {
  const MemoryContext before = MemoryContextSwitchTo(scan->node->state->es_query_cxt);
  const ScanConditions conditions = fixed_condition(scan->node, scan->relation, &scan->operands);
  MemoryContextSwitchTo(before);
  scan->fixed = conditions.fixed;
  scan->varies = conditions.varies;
  scan->prepared = true;
}

// The keys of the run that has just begun.
void report_keys(WatchedScan* scan) {
  const MemoryContext before = MemoryContextSwitchTo(scratch);
  const Condition current = current_condition(scan->node, scan->relation, &scan->operands);
  const bool grew = report(scan, both(scan->fixed, current));
  MemoryContextSwitchTo(before);
  MemoryContextReset(scratch);
  if (grew && ++scan->keys > kMaxKeys) {
    scan->saturated = true;
    report(scan, scan->fixed);
  }
}

TupleTableSlot* on_first_call(PlanState* node) {
  WatchedScan* scan = find_scan(node);
  if (scan == nullptr) elog(ERROR, "freshet lost a scan that it watches");
  unwrap(scan);
  if (scan->execution->set == nullptr) return scan->real(node);
  if (!scan->prepared) prepare(scan);
  if (!scan->varies) {
    report(scan, scan->fixed);
    return scan->real(node);
  }
  // Until the keys are known, an error leaves the run open, and it counts with its fixed part alone.
  scan->open = true;
  TupleTableSlot* result = scan->real(node);
  if (scan->execution->set == nullptr) return result;
  if constexpr (FRESHET_MUTANT_IS(KEYS_OF_FIRST_RUN_ONLY)) {
    if (scan->keys > 0) return result;
  }
  report_keys(scan);
  scan->open = false;
  if (!scan->saturated && node->ps_ExprContext != nullptr) {
    RegisterExprContextCallback(node->ps_ExprContext, on_rescan, PointerGetDatum(scan));
  }
  return result;
}

}  // namespace

void watch_scan(Execution* execution, PlanState* node, Relation relation, bool order_dependent) {
  WatchedScan* scan = find_scan(node);
  if (scan != nullptr) {
    scan->order_dependent = scan->order_dependent || order_dependent;
    return;
  }
  if (watched == nullptr) make_tables();
  const MemoryContext before = MemoryContextSwitchTo(node->state->es_query_cxt);
  bool system_columns = false;
  scan = static_cast<WatchedScan*>(palloc0(sizeof(WatchedScan)));
  scan->node = node;
  scan->real = node->ExecProcNodeReal;
  scan->execution = execution;
  scan->relation = relation;
  scan->columns = used_columns(node, relation, &system_columns);
  scan->operands.node = node;
  // An update that changes no column still moves the row.
  scan->order_dependent = order_dependent || system_columns;
  if (system_columns) capture_flag(kCaptureSystemColumn);
  bool found;
  Slot* slot = static_cast<Slot*>(hash_search(watched, &node, HASH_ENTER, &found));
  slot->scan = scan;
  scan->next = execution->scans;
  execution->scans = scan;
  ExecSetExecProcNode(node, on_first_call);
  MemoryContextSwitchTo(before);
}

void settle_open_runs(Execution* execution) {
  if (execution->set == nullptr) return;
  for (WatchedScan* scan = execution->scans; scan != nullptr; scan = scan->next) {
    if (!scan->open) continue;
    scan->open = false;
    report(scan, scan->fixed);
  }
}

void unwatch_scans(Execution* execution) {
  for (WatchedScan* scan = execution->scans; scan != nullptr; scan = scan->next) {
    hash_search(watched, &scan->node, HASH_REMOVE, nullptr);
  }
  execution->scans = nullptr;
}

}  // namespace freshet::read_set
