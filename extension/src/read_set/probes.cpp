#include "row_key/row_key.h"

#include "read_set/probes.h"

#include "compat.h"
#include "mutant.h"
#include "read_set/bounds.h"
#include "read_set/capture_state.h"
#include "read_set/join_flow.h"
#include "read_set/watched_scan.h"

extern "C" {
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
}

namespace freshet::read_set {

namespace {

// Distinct keys of one scan node beyond which they are given up.
constexpr int kMaxKeys = 1000;
// Runs of one scan node whose bound may take an alternative for each column of the order.
constexpr int kKeysWithSteps = 64;

struct Slot {
  PlanState* node;
  WatchedScan* scan;
};

HTAB* watched;            // in TopMemoryContext, for the life of the backend
WatchedScan* last_found;  // one of them, or NULL
MemoryContext scratch;    // reset after each evaluation

void make_tables() {
  HASHCTL control{};
  control.keysize = sizeof(PlanState*);
  control.entrysize = sizeof(Slot);
  control.hcxt = TopMemoryContext;
  watched = hash_create("freshet watched scans", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
  scratch = AllocSetContextCreate(TopMemoryContext, "freshet scan conditions", ALLOCSET_SMALL_SIZES);
}

TupleTableSlot* on_first_call(PlanState* node);
TupleTableSlot* on_next_call(PlanState* node);

// Otherwise ExecProcNodeFirst or the instrumentation stands before it and goes through ExecProcNodeReal.
void set_method(WatchedScan* scan, ExecProcNodeMtd method) {
  PlanState* node = scan->node;
  node->ExecProcNodeReal = method;
  const ExecProcNodeMtd outer = node->ExecProcNode;
  if (outer == scan->real || outer == on_first_call || outer == on_next_call) node->ExecProcNode = method;
}

bool may_be_cut_short(const WatchedScan* scan) {
  return (scan->bounded || scan->sort != nullptr || scan->joined) && !scan->execution->unbounded &&
         scan->node->ps_ExprContext != nullptr;
}

bool is_order_dependent(const WatchedScan* scan) {
  return scan->order_dependent || scan->execution->order_dependent;
}

void stop_telling(WatchedScan* scan) { scan->rows.told = false; }

bool report(WatchedScan* scan, const Condition& condition) {
  // A row must be known to be the same in all that decides whether it matches.
  for (int i = 0; i < condition.count && scan->rows.told; i++) {
    for (int a = 0; a < condition.conjs[i].count; a++) {
      const ColumnId column = condition.conjs[i].atoms[a].attnum;
      // What an expression is computed from is among the columns of the scan's conditions.
      if (column <= kMaxAttribute && !bms_is_member(static_cast<int>(column), scan->columns.attnums))
        stop_telling(scan);
    }
  }
  return add(scan->execution->set, scan->table, scan->columns, is_order_dependent(scan), condition,
             scan->rows.told);
}

void tell_row(WatchedScan* scan, const wire::Hash128* row) {
  if (!add_row(scan->execution->set, scan->table, scan->columns, is_order_dependent(scan), row))
    stop_telling(scan);
}

void report_row(WatchedScan* scan) {
  const bool hold = scan->open && scan->rows.valued && may_be_cut_short(scan);
  if (!hold && scan->rows.fetched == nullptr && scan->rows.told) {
    // Nothing of it is kept but in the set.
    const wire::Hash128* prints = current_prints(&scan->rows, scan->node);
    if (prints != nullptr) {
      tell_row(scan, prints);
      return;
    }
  }
  const MemoryContext before = MemoryContextSwitchTo(scratch);
  const CurrentRow row = current_row(&scan->rows, scan->node, hold);
  bool lost = scan->rows.told && row.prints == nullptr;
  if (hold) {
    if (row.values == nullptr) scan->rows.valued = false;
    lost = !scan->rows.valued || !hold_row(&scan->rows, row, scan->execution->set->context) || lost;
  } else if (!lost && scan->rows.told) {
    tell_row(scan, row.prints);
  }
  if (lost) {
    stop_telling(scan);
    lose_rows(scan->execution->set, scan->table, scan->columns, is_order_dependent(scan));
  }
  MemoryContextSwitchTo(before);
  MemoryContextReset(scratch);
}

// Rows of the run that satisfy what it turned out to ask for.
void tell_held_rows(WatchedScan* scan, const Condition& condition) {
  for (int i = 0; i < scan->rows.held_count && scan->rows.told; i++) {
    if (may_satisfy(&scan->rows, i, condition) != FRESHET_MUTANT_IS(HELD_ROWS_INSIDE_FORGOTTEN))
      tell_row(scan, held_row(&scan->rows, i));
  }
  forget_held_rows(&scan->rows);
}

TupleTableSlot* call(WatchedScan* scan) {
  scan->in_call = true;
  TupleTableSlot* result = scan->real(scan->node);
  scan->in_call = false;
  return result;
}

// Wraps the next call, too, if this row and those to come are to be told.
void follow_rows(WatchedScan* scan, TupleTableSlot* result) {
  const bool wanted = scan->execution->set != nullptr && (scan->rows.told || scan->rows.valued);
  if (wanted && TupIsNull(result)) scan->read_to_end = true;
  if (scan->counts_run && scan->execution->set != nullptr && TupIsNull(result)) {
    scan->counts_run = false;
    note_run_of(scan->execution->set, scan->table, scan->columns, RunEvent::kEnds);
  }
  if (wanted && !TupIsNull(result)) report_row(scan);
  const bool follow = wanted && (scan->rows.told || scan->rows.valued);
  set_method(scan, follow ? on_next_call : scan->real);
}

TupleTableSlot* on_next_call(PlanState* node) {
  WatchedScan* scan = find_scan(node);
  if (scan == nullptr) elog(ERROR, "freshet lost a scan that it watches");
  TupleTableSlot* result = call(scan);
  follow_rows(scan, result);
  return result;
}

void prepare(WatchedScan* scan) {
  const MemoryContext before = MemoryContextSwitchTo(scan->node->state->es_query_cxt);
  const ScanConditions conditions = fixed_condition(scan->node, scan->relation, &scan->operands);
  MemoryContextSwitchTo(before);
  scan->fixed = conditions.fixed;
  scan->varies = conditions.varies;
  scan->prepared = true;
}

// What the run that has just begun asks for, to be kept until it ends.
void note_run(WatchedScan* scan) {
  if (scan->run_memory == nullptr) {
    scan->run_memory =
        AllocSetContextCreate(scan->execution->set->context, "freshet run of a scan", ALLOCSET_SMALL_SIZES);
  }
  MemoryContextReset(scan->run_memory);
  const MemoryContext before = MemoryContextSwitchTo(scratch);
  const Condition run = both(scan->fixed, current_condition(scan->node, scan->relation, &scan->operands));
  scan->run = copy_condition(run, scan->run_memory);
  scan->run_known = true;
  MemoryContextSwitchTo(before);
  MemoryContextReset(scratch);
}

// The run that is open asked for `condition`, and no more.
void report_run(WatchedScan* scan, const Condition& condition) {
  scan->open = false;
  if (report(scan, condition) && ++scan->keys > kMaxKeys) {
    scan->saturated = true;
    note_run_of(scan->execution->set, scan->table, scan->columns, RunEvent::kUntold);
    if (!FRESHET_MUTANT_IS(KEYS_BEYOND_THE_CAP_FORGOTTEN)) report(scan, scan->fixed);
  }
}

// The scan stands where its run ended. To be called in memory that outlives what is done with the outcome.
Condition outcome_of(WatchedScan* scan) {
  const Condition condition = scan->run_known ? scan->run : scan->fixed;
  if (!scan->open || !scan->run_known || scan->in_call || !may_be_cut_short(scan)) return condition;
  const int max_steps = scan->keys < kKeysWithSteps ? kMaxSteps : 1;
  Condition bound =
      scan->bounded ? scan_bound(scan->node, scan->relation, scan->columns, max_steps) : always();
  if (scan->sort != nullptr)
    bound = both(bound, sort_bound(scan->sort, scan->relation, scan->sort_columns, scan->sort_column_count,
                                   scan->columns, max_steps));
  if (scan->joined) bound = both(bound, with_partners(scan));
  return both(condition, bound);
}

void finish_run(WatchedScan* scan) {
  if (!scan->open) return;
  const Condition condition = run_outcome(scan);
  const bool bounded = !same_condition(condition, scan->run_known ? scan->run : scan->fixed);
  report_run(scan, condition);
  tell_held_rows(scan, condition);
  if (!scan->varies && !bounded) scan->saturated = true;
}

void finish_run_of(WatchedScan* scan) {
  const MemoryContext before = MemoryContextSwitchTo(scratch);
  finish_run(scan);
  scan->settled = false;
  MemoryContextSwitchTo(before);
  MemoryContextReset(scratch);
}

// Still stands where its last run ended.
void on_rescan(Datum argument) {
  WatchedScan* scan = reinterpret_cast<WatchedScan*>(DatumGetPointer(argument));
  if (scan->execution->set == nullptr || scan->execution->ended) return;
  // What is sorted or looked up comes from several runs, of which all but the first ask for the same only if
  // a join repeats them.
  scan->sort = nullptr;
  scan->ran_again = true;
  if (scan->repeats && !scan->varies && scan->open) {
    scan->bounded = false;
    if (scan->read_to_end) set_method(scan, scan->real);
    return;
  }
  scan->joined = false;
  if (FRESHET_MUTANT_IS(BOUND_OF_LAST_RUN_ONLY)) scan->open = false;
  finish_run_of(scan);
  if (!scan->saturated) set_method(scan, on_first_call);
}

TupleTableSlot* on_first_call(PlanState* node) {
  WatchedScan* scan = find_scan(node);
  if (scan == nullptr) elog(ERROR, "freshet lost a scan that it watches");
  set_method(scan, scan->real);
  if (scan->execution->set == nullptr) return scan->real(node);
  TupleTableSlot* early = FRESHET_MUTANT_IS(RUN_WITHOUT_ROWS_FORGOTTEN) ? scan->real(node) : nullptr;
  if (FRESHET_MUTANT_IS(RUN_WITHOUT_ROWS_FORGOTTEN) && TupIsNull(early)) return early;
  if (!scan->prepared) prepare(scan);
  // Until the run is reported, an error leaves it open, and it counts with what is known of it by then.
  open_entry(scan->execution->set, scan->table, scan->columns, is_order_dependent(scan), scan->rows.told);
  if (is_order_dependent(scan))
    note_run_of(scan->execution->set, scan->table, scan->columns, RunEvent::kBegins);
  scan->counts_run = is_order_dependent(scan);
  scan->open = true;
  scan->run = scan->fixed;
  scan->run_known = !scan->varies;
  const bool cut_short = may_be_cut_short(scan);
  if (!scan->varies && !cut_short) report_run(scan, scan->fixed);
  TupleTableSlot* result = early != nullptr ? early : call(scan);
  if (scan->execution->set == nullptr) return result;
  if (scan->varies && (!FRESHET_MUTANT_IS(KEYS_OF_FIRST_RUN_ONLY) || scan->keys == 0)) note_run(scan);
  if (scan->varies && !cut_short) {
    if (scan->run_known) report_run(scan, scan->run);
    scan->open = false;
  }
  if ((scan->varies || cut_short) && !scan->saturated && node->ps_ExprContext != nullptr) {
    RegisterExprContextCallback(node->ps_ExprContext, on_rescan, PointerGetDatum(scan));
  }
  follow_rows(scan, result);
  return result;
}

}  // namespace

WatchedScan* find_scan(PlanState* node) {
  if (last_found != nullptr && last_found->node == node) return last_found;
  if (watched == nullptr) return nullptr;
  const Slot* slot = static_cast<Slot*>(hash_search(watched, &node, HASH_FIND, nullptr));
  if (slot != nullptr) last_found = slot->scan;
  return slot == nullptr ? nullptr : slot->scan;
}

Condition run_outcome(WatchedScan* scan) {
  if (scan->settled) return scan->outcome;
  if (scan->settling) return scan->run_known ? scan->run : scan->fixed;
  scan->settling = true;
  scan->outcome = outcome_of(scan);
  scan->settling = false;
  scan->settled = true;
  return scan->outcome;
}

void watch_scan(Execution* execution, PlanState* node, Relation relation, bool order_dependent,
                bool restorable) {
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
  scan->table = RelationGetRelid(relation);
  scan->relation = relation;
  scan->columns = used_columns(node, relation, &system_columns);
  scan->operands.node = node;
  scan->bounded = reads_in_order(node) && !restorable;
  prepare_rows(&scan->rows, node, relation, scan->columns);
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

void depend_on_order(Execution* execution) {
  if (execution->order_dependent) return;
  for (WatchedScan* scan = execution->scans; scan != nullptr; scan = scan->next) {
    if (!scan->prepared || scan->order_dependent || execution->set == nullptr) continue;
    stop_telling(scan);
    lose_rows(execution->set, scan->table, scan->columns, false);
    scan->order_dependent = true;
    report(scan, scan->fixed);
  }
  execution->order_dependent = true;
}

void settle_open_runs(Execution* execution) {
  if (execution->set == nullptr) return;
  for (WatchedScan* scan = execution->scans; scan != nullptr; scan = scan->next) {
    if (scan->in_call && !FRESHET_MUTANT_IS(FINGERPRINTS_SURVIVE_ERRORS)) stop_telling(scan);
    if (scan->open && !FRESHET_MUTANT_IS(OPEN_RUNS_FORGOTTEN))
      report(scan, scan->run_known ? scan->run : scan->fixed);
    tell_held_rows(scan, always());
    if (scan->in_call && !scan->rows.told) {
      lose_rows(execution->set, scan->table, scan->columns, is_order_dependent(scan));
    }
    scan->open = false;
    scan->in_call = false;
  }
}

void follow_sort(PlanState* node, AttrNumber attnum, SortState* sort, int key) {
  WatchedScan* scan = find_scan(node);
  if (scan == nullptr) return;
  if (key == 0 && scan->sort == nullptr) scan->sort = sort;
  if (scan->sort != sort || scan->sort_column_count != key || key == kMaxSteps) return;
  scan->sort_columns[scan->sort_column_count++] = attnum;
  judge_by(&scan->rows, scan->node, scan->relation, attnum);
}

void finish_runs(Execution* execution) {
  execution->ended = true;
  if (execution->scans == nullptr) return;
  const MemoryContext before = MemoryContextSwitchTo(scratch);
  // What one run asked for may follow from the rows of another: nothing is forgotten before all is known.
  for (WatchedScan* scan = execution->scans; scan != nullptr; scan = scan->next) {
    if (scan->open) run_outcome(scan);
  }
  for (WatchedScan* scan = execution->scans; scan != nullptr && execution->set != nullptr;
       scan = scan->next) {
    finish_run(scan);
  }
  MemoryContextSwitchTo(before);
  MemoryContextReset(scratch);
}

void unwatch_scans(Execution* execution) {
  last_found = nullptr;
  for (WatchedScan* scan = execution->scans; scan != nullptr; scan = scan->next) {
    hash_search(watched, &scan->node, HASH_REMOVE, nullptr);
    if (execution->set == nullptr) continue;
    if (scan->run_memory != nullptr) MemoryContextDelete(scan->run_memory);
    if (scan->rows.held_memory != nullptr) MemoryContextDelete(scan->rows.held_memory);
  }
  execution->scans = nullptr;
}

}  // namespace freshet::read_set
