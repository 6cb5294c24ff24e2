#include "freshet_wire/bytes.hpp"

#include "read_set/row_flow.h"

#include "compat.h"
#include "mutant.h"

extern "C" {
#include "executor/executor.h"
#include "nodes/execnodes.h"
}

namespace freshet::read_set {
namespace {

// What the column is traced for: the first key of a Sort, or key `key` of the probe side of a hash join.
struct Destination {
  SortState* sort;
  HashJoinState* join;
  int key;
};

void trace(const Destination& to, PlanState* node, int resno);

void trace_all(const Destination& to, PlanState** nodes, int count, int resno) {
  for (int i = 0; i < count; i++) trace(to, nodes[i], resno);
}

// A row of the side that has the column yields rows with it or none, and no row without it depends on it.
void trace_join(const Destination& to, PlanState* node, const Var* var) {
  const JoinType type = reinterpret_cast<Join*>(node->plan)->jointype;
  const bool outer = var->varno == OUTER_VAR;
  const bool inner = var->varno == INNER_VAR;
  if (outer && (type == JOIN_INNER || type == JOIN_LEFT || type == JOIN_SEMI || type == JOIN_ANTI)) {
    trace(to, outerPlanState(node), var->varattno);
  } else if (inner && (type == JOIN_INNER || type == JOIN_RIGHT)) {
    trace(to, innerPlanState(node), var->varattno);
  }
}

AttrNumber column_in_scan(PlanState* node, const Var* var) {
  if (var->varno == INDEX_VAR && IsA(node, IndexOnlyScanState)) {
    List* columns = reinterpret_cast<IndexOnlyScan*>(node->plan)->indextlist;
    if (var->varattno < 1 || var->varattno > list_length(columns)) return 0;
    const Node* expr =
        reinterpret_cast<Node*>(static_cast<TargetEntry*>(list_nth(columns, var->varattno - 1))->expr);
    return IsA(expr, Var) ? reinterpret_cast<const Var*>(expr)->varattno : 0;
  }
  return var->varno == static_cast<int>(reinterpret_cast<Scan*>(node->plan)->scanrelid) ? var->varattno : 0;
}

// Where output column `resno` of `node` comes from, through nodes that neither drop rows by what other rows
// are nor make rows of several.
void trace(const Destination& to, PlanState* node, int resno) {
  check_stack_depth();
  if (node == nullptr || resno < 1 || resno > list_length(node->plan->targetlist)) return;
  Node* expr =
      reinterpret_cast<Node*>(static_cast<TargetEntry*>(list_nth(node->plan->targetlist, resno - 1))->expr);
  while (IsA(expr, RelabelType)) {
    expr = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(expr)->arg);
  }
  if (!IsA(expr, Var)) return;
  const Var* var = reinterpret_cast<Var*>(expr);
  switch (nodeTag(node)) {
    case T_SortState:
    case T_IncrementalSortState:
    case T_MaterialState:
    case T_HashState:
    case T_ResultState:
      if (var->varno == OUTER_VAR) trace(to, outerPlanState(node), var->varattno);
      break;
    case T_NestLoopState:
    case T_MergeJoinState:
    case T_HashJoinState:
      trace_join(to, node, var);
      break;
    case T_AppendState:
      trace_all(to, reinterpret_cast<AppendState*>(node)->appendplans,
                reinterpret_cast<AppendState*>(node)->as_nplans, var->varattno);
      break;
    case T_MergeAppendState:
      trace_all(to, reinterpret_cast<MergeAppendState*>(node)->mergeplans,
                reinterpret_cast<MergeAppendState*>(node)->ms_nplans, var->varattno);
      break;
    case T_SubqueryScanState:
      trace(to, reinterpret_cast<SubqueryScanState*>(node)->subplan, var->varattno);
      break;
    case T_SeqScanState:
    case T_IndexScanState:
    case T_IndexOnlyScanState:
    case T_BitmapHeapScanState: {
      const AttrNumber attnum = column_in_scan(node, var);
      if (attnum > 0 && to.sort != nullptr) follow_sort(node, attnum, to.sort);
      if (attnum > 0 && to.join != nullptr) follow_hash_join(node, attnum, to.join, to.key);
      break;
    }
    default:
      break;
  }
}

// Probing rows without a partner are dropped, so that those matter whose key the other side has.
void trace_probe_side(HashJoinState* node) {
  const HashJoin* plan = reinterpret_cast<HashJoin*>(node->js.ps.plan);
  const JoinType type = plan->join.jointype;
  const bool drops = type == JOIN_INNER || type == JOIN_SEMI || type == JOIN_RIGHT;
  if (!drops && !(FRESHET_MUTANT_IS(PRESERVED_SIDE_NARROWED) && type == JOIN_LEFT)) return;
  for (int i = 0; i < list_length(plan->hashkeys); i++) {
    const Node* expr = static_cast<Node*>(list_nth(plan->hashkeys, i));
    if (!IsA(expr, Var) || reinterpret_cast<const Var*>(expr)->varno != OUTER_VAR) continue;
    trace(Destination{nullptr, node, i}, outerPlanState(node), reinterpret_cast<const Var*>(expr)->varattno);
  }
}

// `node` runs once, and so does what it reaches on paths on which no one runs anything again.
void visit_once(PlanState* node) {
  if (node == nullptr) return;
  check_stack_depth();
  ListCell* cell;
  foreach (cell, node->initPlan) {
    PlanState* plan = static_cast<SubPlanState*>(lfirst(cell))->planstate;
    if (bms_is_empty(plan->plan->extParam)) visit_once(plan);
  }
  switch (nodeTag(node)) {
    case T_SortState:
      trace(Destination{reinterpret_cast<SortState*>(node), nullptr, 0}, node,
            reinterpret_cast<Sort*>(node->plan)->sortColIdx[0]);
      visit_once(outerPlanState(node));
      break;
    case T_LimitState:
    case T_ResultState:
    case T_ProjectSetState:
    case T_UniqueState:
    case T_GroupState:
    case T_AggState:
    case T_WindowAggState:
    case T_NestLoopState:
    case T_MergeJoinState:
      visit_once(outerPlanState(node));
      break;
    case T_HashJoinState:
      trace_probe_side(reinterpret_cast<HashJoinState*>(node));
      visit_once(outerPlanState(node));
      visit_once(outerPlanState(innerPlanState(node)));
      break;
    case T_SubqueryScanState:
      visit_once(reinterpret_cast<SubqueryScanState*>(node)->subplan);
      break;
    case T_AppendState: {
      AppendState* append = reinterpret_cast<AppendState*>(node);
      for (int i = 0; i < append->as_nplans; i++) visit_once(append->appendplans[i]);
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
  if ((eflags & (EXEC_FLAG_REWIND | EXEC_FLAG_BACKWARD)) == 0) visit_once(execution->query->planstate);
}

}  // namespace freshet::read_set
