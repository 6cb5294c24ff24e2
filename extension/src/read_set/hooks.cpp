#include "compat.h"
#include "mutant.h"
#include "read_set/capture_state.h"
#include "read_set/dependences.h"
#include "read_set/order_dependence.h"
#include "read_set/plan_walk.h"

extern "C" {
#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "optimizer/planner.h"
#include "tcop/dest.h"
#include "tcop/utility.h"
}

namespace freshet {
namespace read_set {
namespace {

ExecutorStart_hook_type previous_start;
ExecutorRun_hook_type previous_run;
ExecutorEnd_hook_type previous_end;
planner_hook_type previous_planner;
ProcessUtility_hook_type previous_utility;
object_access_hook_type previous_access;

struct TrackedExecution {
  Execution execution;  // first: the two share their address
  MemoryContextCallback on_reset;
};

Execution* executions;  // alive, the newest first
Execution* running;     // whose ExecutorRun is on the stack, the innermost
int planner_depth;

// Not all rows were taken of what was asked for one by one.
void settle_order(Execution* execution) {
  if (execution->in_part && execution->set != nullptr) depend_on_order(execution);
}

// The executor's memory goes, after its end or in an error.
void forget(void* argument) {
  Execution* execution = static_cast<Execution*>(argument);
  settle_order(execution);
  settle_open_runs(execution);
  unwatch_scans(execution);
  for (Execution** link = &executions; *link != nullptr; link = &(*link)->next) {
    if (*link != execution) continue;
    *link = execution->next;
    break;
  }
}

Execution* find_execution(const QueryDesc* query) {
  for (Execution* execution = executions; execution != nullptr; execution = execution->next) {
    if (execution->query == query) return execution;
  }
  return nullptr;
}

void track(Capture* capture, QueryDesc* query) {
  const MemoryContext before = MemoryContextSwitchTo(query->estate->es_query_cxt);
  TrackedExecution* tracked = static_cast<TrackedExecution*>(palloc0(sizeof(TrackedExecution)));
  MemoryContextSwitchTo(before);
  Execution* execution = &tracked->execution;
  execution->query = query;
  execution->set = capture->set;
  execution->order_matters = running != nullptr && running->set == capture->set && running->order_matters;
  tracked->on_reset.func = forget;
  tracked->on_reset.arg = execution;
  execution->next = executions;
  executions = execution;
  MemoryContextRegisterResetCallback(query->estate->es_query_cxt, &tracked->on_reset);
  note_relations(capture, query->plannedstmt->rtable);
  watch_plan(execution);
}

void executor_start(QueryDesc* query, int eflags) {
  if (previous_start != nullptr) {
    previous_start(query, eflags);
  } else {
    standard_ExecutorStart(query, eflags);
  }
  Capture* capture = open_capture();
  if (capture != nullptr && (eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0) track(capture, query);
}

void run_tracked(Execution* execution, QueryDesc* query, ScanDirection direction, uint64 count) {
  if (!ScanDirectionIsForward(direction) && !FRESHET_MUTANT_IS(BOUND_AFTER_READING_BACK))
    execution->unbounded = true;
  // A consumer that takes a few rows of an unordered result, or goes back in it, depends on their order. A
  // function in SQL that returns a set is asked for one row after the other: it does if that stops early.
  const bool one_by_one = count != 0 && ScanDirectionIsForward(direction) && query->dest != nullptr &&
                          query->dest->mydest == DestSQLFunction;
  if (count != 0 || !ScanDirectionIsForward(direction)) {
    execution->order_matters = true;
    if (one_by_one) {
      execution->in_part = true;
    } else if (!has_defined_order(query->planstate)) {
      depend_on_order(execution);
    }
  }
  Execution* outer = running;
  running = execution;
  PG_TRY();
  { run_without_workers(previous_run, query, direction, count); }
  PG_FINALLY();
  { running = outer; }
  PG_END_TRY();
  if (one_by_one && query->estate->es_processed < count) execution->in_part = false;
}

void executor_run(FRESHET_EXECUTOR_RUN_ARGS) {
  Capture* capture = open_capture();
  if (capture != nullptr) {
    Execution* execution = find_execution(query);
    if (execution != nullptr && execution->set == capture->set) {
      run_tracked(execution, query, direction, count);
      return;
    }
    // Started before the capture: what it reads now is not seen.
    capture_flag(kCaptureEverything);
  }
#if PG_VERSION_NUM >= 180000
  previous_run != nullptr ? previous_run(query, direction, count)
                          : standard_ExecutorRun(query, direction, count);
#else
  previous_run != nullptr ? previous_run(query, direction, count, execute_once)
                          : standard_ExecutorRun(query, direction, count, execute_once);
#endif
}

void executor_end(QueryDesc* query) {
  if (open_capture() != nullptr) {
    Execution* execution = find_execution(query);
    if (execution != nullptr && execution->set != nullptr) {
      if (execution->in_part && !has_defined_order(query->planstate)) depend_on_order(execution);
      execution->in_part = false;
      finish_runs(execution);
    }
  }
  previous_end != nullptr ? previous_end(query) : standard_ExecutorEnd(query);
}

PlannedStmt* plan(Query* parse, const char* text, int options, ParamListInfo parameters) {
  // Workers have no hooks of ours.
  if (open_capture() != nullptr) options &= ~CURSOR_OPT_PARALLEL_OK;
  PlannedStmt* planned;
  planner_depth++;
  PG_TRY();
  {
    planned = previous_planner != nullptr ? previous_planner(parse, text, options, parameters)
                                          : standard_planner(parse, text, options, parameters);
  }
  PG_FINALLY();
  { planner_depth--; }
  PG_END_TRY();
  // A simple expression of PL/pgSQL is planned and never started.
  if (open_capture() != nullptr && IsA(planned->planTree, Result))
    capture_flag(value_function_dependences(planned->planTree));
  return planned;
}

// Statements that read rows only through the executor, if at all.
uint32 utility_dependences(const Node* statement) {
  switch (nodeTag(statement)) {
    case T_TransactionStmt:
    case T_VariableSetStmt:
    case T_DeclareCursorStmt:
    case T_FetchStmt:
    case T_ClosePortalStmt:
    case T_PrepareStmt:
    case T_ExecuteStmt:
    case T_DeallocateStmt:
    case T_CallStmt:
    case T_DoStmt:
    case T_ConstraintsSetStmt:
      return value_function_dependences_of_utility(statement);
    case T_VariableShowStmt:
      return kCaptureSetting;
    default:
      return kCaptureUtility;
  }
}

void utility(PlannedStmt* statement, const char* text, bool read_only_tree, ProcessUtilityContext context,
             ParamListInfo parameters, QueryEnvironment* environment, DestReceiver* receiver,
             QueryCompletion* completion) {
  capture_flag(open_capture() != nullptr ? utility_dependences(statement->utilityStmt) : 0);
  if (previous_utility != nullptr) {
    previous_utility(statement, text, read_only_tree, context, parameters, environment, receiver, completion);
  } else {
    standard_ProcessUtility(statement, text, read_only_tree, context, parameters, environment, receiver,
                            completion);
  }
}

// Every function that an expression is prepared to call passes here; those of PL/pgSQL's simple expressions
// when they are prepared anew (plpgsql_expressions.h).
void on_object_access(ObjectAccessType access, Oid class_id, Oid object, int sub_object, void* argument) {
  if (previous_access != nullptr) previous_access(access, class_id, object, sub_object, argument);
  if (access == OAT_FUNCTION_EXECUTE && open_capture() != nullptr) capture_flag(function_dependences(object));
}

}  // namespace

void install_hooks() {
  previous_start = ExecutorStart_hook;
  ExecutorStart_hook = executor_start;
  previous_run = ExecutorRun_hook;
  ExecutorRun_hook = executor_run;
  previous_end = ExecutorEnd_hook;
  ExecutorEnd_hook = executor_end;
  previous_planner = planner_hook;
  planner_hook = plan;
  previous_utility = ProcessUtility_hook;
  ProcessUtility_hook = utility;
  previous_access = object_access_hook;
  object_access_hook = on_object_access;
}

void detach_executions(ReadSet* set) {
  for (Execution* execution = executions; execution != nullptr; execution = execution->next) {
    if (execution->set != set) continue;
    settle_order(execution);
    settle_open_runs(execution);
    execution->set = nullptr;
  }
}

}  // namespace read_set

int planning_depth() { return read_set::planner_depth; }

}  // namespace freshet
