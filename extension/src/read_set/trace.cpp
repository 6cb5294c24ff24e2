#include "freshet_wire/bytes.hpp"

#include "read_set/trace.h"

#include "compat.h"

extern "C" {
#include "executor/executor.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
}

namespace freshet::read_set {
namespace {

struct Tracing {
  bool values;  // else rows
  bool equal_columns;
  ScanVisitor visit;
  void* state;
};

bool trace(const Tracing& tracing, PlanState* node, int resno);

bool trace_all(const Tracing& tracing, PlanState** nodes, int count, int resno) {
  bool all = true;
  for (int i = 0; i < count; i++) all = trace(tracing, nodes[i], resno) && all;
  return all;
}

// The column that `expression` is, of one of the inputs of a node, or NULL.
const Var* input_column(const Node* expression) {
  while (IsA(expression, RelabelType))
    expression = reinterpret_cast<Node*>(reinterpret_cast<const RelabelType*>(expression)->arg);
  if (!IsA(expression, Var)) return nullptr;
  const Var* var = reinterpret_cast<const Var*>(expression);
  return var->varno == OUTER_VAR || var->varno == INNER_VAR ? var : nullptr;
}

void hash_keys(PlanState* join, EqualityVisitor visit, void* state) {
  const HashJoin* plan = reinterpret_cast<HashJoin*>(join->plan);
  PlanState* hash = innerPlanState(join);
  List* inner_keys = reinterpret_cast<Hash*>(hash->plan)->hashkeys;
  for (int i = 0; i < list_length(plan->hashkeys) && i < list_length(inner_keys); i++) {
    const Var* outer = input_column(static_cast<Node*>(list_nth(plan->hashkeys, i)));
    const Var* inner = input_column(static_cast<Node*>(list_nth(inner_keys, i)));
    if (outer == nullptr || inner == nullptr) continue;
    visit(EqualColumns{outerPlanState(join), outer->varattno, outerPlanState(hash), inner->varattno,
                       outer->vartype == inner->vartype ? outer->vartype : InvalidOid,
                       list_nth_oid(plan->hashoperators, i), list_nth_oid(plan->hashcollations, i), i},
          state);
  }
}

void operator_keys(PlanState* join, List* clauses, EqualityVisitor visit, void* state) {
  ListCell* cell;
  foreach (cell, clauses) {
    const OpExpr* clause = reinterpret_cast<OpExpr*>(lfirst(cell));
    if (!IsA(clause, OpExpr) || list_length(clause->args) != 2) continue;
    const Var* left = input_column(static_cast<Node*>(linitial(clause->args)));
    const Var* right = input_column(static_cast<Node*>(lsecond(clause->args)));
    if (left == nullptr || right == nullptr || left->varno == right->varno) continue;
    const bool in_order = left->varno == OUTER_VAR;
    const Var* outer = in_order ? left : right;
    const Var* inner = in_order ? right : left;
    const Oid op = in_order ? clause->opno : get_commutator(clause->opno);
    if (!OidIsValid(op)) continue;
    visit(EqualColumns{outerPlanState(join), outer->varattno, innerPlanState(join), inner->varattno,
                       outer->vartype == inner->vartype ? outer->vartype : InvalidOid, op,
                       clause->inputcollid, -1},
          state);
  }
}

// A join requires the traced column to equal another of the other side. Then rows of that side matter for
// rows with that value of the traced column alone, whether they are dropped without a partner or filled up.
struct EqualTrace {
  const Tracing* tracing;
  bool from_outer;
  int resno;
};

bool trace(const Tracing& tracing, PlanState* node, int resno);

void follow_equal(const EqualColumns& columns, void* state) {
  const EqualTrace* from = static_cast<EqualTrace*>(state);
  if (!OidIsValid(columns.type) || lookup_type_cache(columns.type, TYPECACHE_EQ_OPR)->eq_opr != columns.op)
    return;
  if (from->from_outer && columns.outer_resno == from->resno)
    trace(*from->tracing, columns.inner, columns.inner_resno);
  if (!from->from_outer && columns.inner_resno == from->resno)
    trace(*from->tracing, columns.outer, columns.outer_resno);
}

void follow_equal_columns(const Tracing& tracing, PlanState* node, const Var* var) {
  if (tracing.values || !tracing.equal_columns) return;
  EqualTrace from{&tracing, var->varno == OUTER_VAR, var->varattno};
  for_each_key(node, follow_equal, &from);
}

bool trace_join(const Tracing& tracing, PlanState* node, const Var* var) {
  const JoinType type = reinterpret_cast<Join*>(node->plan)->jointype;
  const bool outer = var->varno == OUTER_VAR;
  const bool inner = var->varno == INNER_VAR;
  if (outer &&
      (tracing.values || type == JOIN_INNER || type == JOIN_LEFT || type == JOIN_SEMI || type == JOIN_ANTI)) {
    follow_equal_columns(tracing, node, var);
    return trace(tracing, outerPlanState(node), var->varattno);
  }
  if (inner && (tracing.values || type == JOIN_INNER || type == JOIN_RIGHT)) {
    follow_equal_columns(tracing, node, var);
    return trace(tracing, innerPlanState(node), var->varattno);
  }
  return false;
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

bool trace(const Tracing& tracing, PlanState* node, int resno) {
  check_stack_depth();
  if (node == nullptr || resno < 1 || resno > list_length(node->plan->targetlist)) return false;
  const Node* expr =
      reinterpret_cast<Node*>(static_cast<TargetEntry*>(list_nth(node->plan->targetlist, resno - 1))->expr);
  while (IsA(expr, RelabelType))
    expr = reinterpret_cast<Node*>(reinterpret_cast<const RelabelType*>(expr)->arg);
  if (!IsA(expr, Var)) return false;
  const Var* var = reinterpret_cast<const Var*>(expr);
  switch (nodeTag(node)) {
    case T_AggState:
    case T_GroupState:
    case T_UniqueState:
    case T_LimitState:
    case T_WindowAggState:
    case T_MemoizeState:
      if (!tracing.values) return false;
      [[fallthrough]];
    case T_SortState:
    case T_IncrementalSortState:
    case T_MaterialState:
    case T_HashState:
    case T_ResultState:
      return var->varno == OUTER_VAR && trace(tracing, outerPlanState(node), var->varattno);
    case T_NestLoopState:
    case T_MergeJoinState:
    case T_HashJoinState:
      return trace_join(tracing, node, var);
    case T_AppendState:
      return trace_all(tracing, reinterpret_cast<AppendState*>(node)->appendplans,
                       reinterpret_cast<AppendState*>(node)->as_nplans, var->varattno);
    case T_MergeAppendState:
      return trace_all(tracing, reinterpret_cast<MergeAppendState*>(node)->mergeplans,
                       reinterpret_cast<MergeAppendState*>(node)->ms_nplans, var->varattno);
    case T_SubqueryScanState:
      return trace(tracing, reinterpret_cast<SubqueryScanState*>(node)->subplan, var->varattno);
    case T_SeqScanState:
    case T_IndexScanState:
    case T_IndexOnlyScanState:
    case T_BitmapHeapScanState: {
      const AttrNumber column = column_in_scan(node, var);
      if (column > 0) tracing.visit(node, column, tracing.state);
      return column > 0;
    }
    default:
      return false;
  }
}

}  // namespace

void trace_rows(PlanState* node, int resno, ScanVisitor visit, void* state) {
  trace(Tracing{false, false, visit, state}, node, resno);
}

void trace_order(PlanState* node, int resno, ScanVisitor visit, void* state) {
  trace(Tracing{false, true, visit, state}, node, resno);
}

bool trace_values(PlanState* node, int resno, ScanVisitor visit, void* state) {
  return trace(Tracing{true, false, visit, state}, node, resno);
}

void for_each_key(PlanState* join, EqualityVisitor visit, void* state) {
  switch (nodeTag(join)) {
    case T_HashJoinState:
      hash_keys(join, visit, state);
      break;
    case T_MergeJoinState:
      operator_keys(join, reinterpret_cast<MergeJoin*>(join->plan)->mergeclauses, visit, state);
      break;
    case T_NestLoopState:
      operator_keys(join, reinterpret_cast<Join*>(join->plan)->joinqual, visit, state);
      break;
    default:
      break;
  }
}

}  // namespace freshet::read_set
