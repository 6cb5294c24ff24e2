#include "freshet_wire/bytes.hpp"

#include "read_set/row_flow.h"

#include "compat.h"
#include "read_set/join_flow.h"
#include "read_set/trace.h"

extern "C" {
#include "executor/executor.h"
#include "nodes/execnodes.h"
}

namespace freshet::read_set {
namespace {

void follow(PlanState* scan, AttrNumber column, void* sort) {
  follow_sort(scan, column, static_cast<SortState*>(sort));
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
      trace_order(node, reinterpret_cast<Sort*>(node->plan)->sortColIdx[0], follow, node);
      visit_once(execution, outerPlanState(node));
      break;
    case T_LimitState:
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
