#include "identity/folding.h"

#include "compat.h"
#include "mutant.h"

extern "C" {
#include "access/transam.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "optimizer/planner.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
}

namespace freshet {
namespace {

constexpr bool kMutantFoldedRows = FRESHET_MUTANT_IS(FOLDED_ROWS_KEPT);

// One invocation of the planner, on its C stack.
struct Planning {
  Planning* outer;
  uint64 serial;
  int foldable;  // IMMUTABLE functions prepared below it and not given up yet
};

// A prepared call, in the memory of the expression that makes it.
struct PreparedCall {
  MemoryContextCallback on_release;
  uint64 planning;
};

planner_hook_type previous_planner;
object_access_hook_type previous_access;
ExecutorStart_hook_type previous_start;
bool watching;
Planning* innermost;
uint64 last_serial;
bool folded_rows;

PlannedStmt* watch_planner(Query* parse, const char* query_string, int cursor_options,
                           ParamListInfo parameters) {
  Planning planning = {innermost, ++last_serial, 0};
  innermost = &planning;
  PlannedStmt* result;
  PG_TRY();
  {
    result = previous_planner ? previous_planner(parse, query_string, cursor_options, parameters)
                              : standard_planner(parse, query_string, cursor_options, parameters);
  }
  PG_FINALLY();
  { innermost = planning.outer; }
  PG_END_TRY();
  return result;
}

void release(void* argument) {
  const PreparedCall* call = static_cast<PreparedCall*>(argument);
  for (Planning* planning = innermost; planning != nullptr; planning = planning->outer)
    if (planning->serial == call->planning) planning->foldable--;
}

// The planner evaluates a constant expression in an executor state of its own, freed right afterwards: the
// state that the function is prepared in lives for exactly as long as it can be called. A function that a
// STABLE one calls while it is only asked for an estimate cannot be told apart, which errs on the side of
// "folded".
void on_object_access(ObjectAccessType access, Oid class_id, Oid object, int sub_object, void* argument) {
  if (previous_access != nullptr) previous_access(access, class_id, object, sub_object, argument);
  if (innermost == nullptr || access != OAT_FUNCTION_EXECUTE || object < FirstNormalObjectId) return;
  if (func_volatile(object) != PROVOLATILE_IMMUTABLE) return;
  PreparedCall* call = static_cast<PreparedCall*>(palloc0(sizeof(PreparedCall)));
  call->planning = innermost->serial;
  call->on_release.func = release;
  call->on_release.arg = call;
  MemoryContextRegisterResetCallback(CurrentMemoryContext, &call->on_release);
  innermost->foldable++;
}

bool reads_tables(const PlannedStmt* statement) {
  ListCell* cell;
  foreach (cell, statement->rtable) {
    const RangeTblEntry* entry = lfirst_node(RangeTblEntry, cell);
    if (entry->rtekind == RTE_RELATION && entry->relid >= FirstNormalObjectId) return true;
  }
  return false;
}

void on_executor_start(QueryDesc* query, int flags) {
  if (innermost != nullptr && !folded_rows && may_be_folded() && reads_tables(query->plannedstmt))
    folded_rows = true;
  previous_start != nullptr ? previous_start(query, flags) : standard_ExecutorStart(query, flags);
}

}  // namespace

bool watch_folding() {
  if (watching) return false;
  watching = true;
  previous_planner = planner_hook;
  planner_hook = watch_planner;
  previous_access = object_access_hook;
  object_access_hook = on_object_access;
  previous_start = ExecutorStart_hook;
  ExecutorStart_hook = on_executor_start;
  return true;
}

bool may_be_folded() {
  for (const Planning* planning = innermost; planning != nullptr; planning = planning->outer)
    if (planning->foldable > 0) return true;
  return false;
}

bool take_folded_rows() {
  const bool folded = folded_rows && !kMutantFoldedRows;
  folded_rows = false;
  return folded;
}

}  // namespace freshet
