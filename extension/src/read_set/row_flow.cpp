#include "freshet_wire/bytes.hpp"

#include "read_set/row_flow.h"

#include "compat.h"
#include "read_set/join_flow.h"
#include "read_set/order_steps.h"
#include "read_set/trace.h"

extern "C" {
#include "executor/executor.h"
#include "nodes/execnodes.h"
}

namespace freshet::read_set {
namespace {

struct SortKey {
  SortState* sort;
  int key;
};

void follow(PlanState* scan, AttrNumber column, void* state) {
  const SortKey* key = static_cast<SortKey*>(state);
  follow_sort(scan, column, key->sort, key->key);
}

// A row of a scan that several keys are traced to matters only for sorted rows with its values of all of
// them.
void follow_keys(PlanState* node) {
  const Sort* plan = reinterpret_cast<Sort*>(node->plan);
  for (int key = 0; key < Min(plan->numCols, kMaxSteps); key++) {
    SortKey state{reinterpret_cast<SortState*>(node), key};
    trace_order(node, plan->sortColIdx[key], follow, &state);
  }
}

// `node` runs once, and so does what it reaches on paths on which no one runs anything again.
void visit_once(Execution* execution, PlanState* node) {
  if (node == nullptr) return;
  check_stack_depth();
  ListCell* cell;
  foreach (cell, node->initPlan) {
    PlanState* plan = static_cast<SubPlanState*>(lfirst(cell))->planstate;
    if (bms_is_empty(plan->plan->extParam)) visit_once(execution, plan);
  }
  switch (nodeTag(node)) {
    case T_SortState:
      follow_keys(node);
      visit_once(execution, outerPlanState(node));
      break;
    case T_LimitState:
    case T_IncrementalSortState:
    case T_ResultState:
    case T_ProjectSetState:
    case T_UniqueState:
    case T_GroupState:
    case T_AggState:
    case T_WindowAggState:
      visit_once(execution, outerPlanState(node));
      break;
    case T_NestLoopState:
    case T_MergeJoinState:
      note_join(execution, node);
      visit_once(execution, outerPlanState(node));
      break;
    case T_HashJoinState:
      note_join(execution, node);
      visit_once(execution, outerPlanState(node));
      visit_once(execution, outerPlanState(innerPlanState(node)));
      break;
    case T_SubqueryScanState:
      visit_once(execution, reinterpret_cast<SubqueryScanState*>(node)->subplan);
      break;
    case T_MergeAppendState: {
      MergeAppendState* append = reinterpret_cast<MergeAppendState*>(node);
      for (int i = 0; i < append->ms_nplans; i++) visit_once(execution, append->mergeplans[i]);
      break;
    }
    case T_AppendState: {
      AppendState* append = reinterpret_cast<AppendState*>(node);
      for (int i = 0; i < append->as_nplans; i++) visit_once(execution, append->appendplans[i]);
      break;
    }
    default:
      break;
  }
}

}  // namespace

void follow_rows_of_statement(Execution* execution) {
  // A cursor that scrolls may begin anew without telling.
  const int eflags = execution->query->estate->es_top_eflags;
  if ((eflags & (EXEC_FLAG_REWIND | EXEC_FLAG_BACKWARD)) != 0) return;
  const MemoryContext before = MemoryContextSwitchTo(execution->query->estate->es_query_cxt);
  visit_once(execution, execution->query->planstate);
  MemoryContextSwitchTo(before);
}

}  // namespace freshet::read_set
