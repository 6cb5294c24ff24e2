#include "freshet_wire/bytes.hpp"

#include "read_set/order_dependence.h"

#include "compat.h"
#include "read_set/scan_terms.h"

extern "C" {
#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/stratnum.h"
#include "access/transam.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_am.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
}

namespace freshet::read_set {
namespace {

constexpr const char* kInsensitive[] = {"count",
                                        "sum",
                                        "avg",
                                        "min",
                                        "max",
                                        "bool_and",
                                        "bool_or",
                                        "every",
                                        "bit_and",
                                        "bit_or",
                                        "bit_xor",
                                        "stddev",
                                        "variance",
                                        "stddev_pop",
                                        "var_pop",
                                        "stddev_samp",
                                        "var_samp",
                                        "range_agg",
                                        "range_intersect_agg"};

// Whether what an operator calls equal is always the same value: 0 and -0, 1.0 and 1.00, 'a' and 'A' of some
// collations are not. Known by the operator classes whose equality is that of the bytes.
bool equals_are_alike(Oid equality, Oid collation) {
  Oid left, right;
  op_input_types(equality, &left, &right);
  bool alike = false;
  ListCell* cell;
  foreach (cell, get_mergejoin_opfamilies(equality)) {
    const Oid proc = get_opfamily_proc(lfirst_oid(cell), left, left, BTEQUALIMAGE_PROC);
    if (OidIsValid(proc))
      alike = alike || DatumGetBool(OidFunctionCall1Coll(proc, collation, ObjectIdGetDatum(left)));
  }
  return alike;
}

bool all_alike(int count, const Oid* equalities, const Oid* collations) {
  for (int i = 0; i < count; i++)
    if (!equals_are_alike(equalities[i], collations[i])) return false;
  return true;
}

bool groups_are_alike(const Agg* agg) {
  if (!all_alike(agg->numCols, agg->grpOperators, agg->grpCollations)) return false;
  ListCell* cell;
  foreach (cell, agg->chain)  // of grouping sets
    if (!groups_are_alike(static_cast<const Agg*>(lfirst(cell)))) return false;
  return true;
}

// Of equal values it returns the one that came first, so it commutes when they are alike.
bool is_extreme(const char* name) { return strcmp(name, "min") == 0 || strcmp(name, "max") == 0; }

bool extremes_are_alike(Oid type, Oid collation) {
  const Oid equality = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
  return OidIsValid(equality) && equals_are_alike(equality, collation);
}

// Built-in aggregates that commute. Sums of floats do not, to the last digit.
bool commutes(Oid aggregate, Oid collation) {
  if (aggregate >= FirstNormalObjectId) return false;
  const HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(aggregate));
  if (!HeapTupleIsValid(tuple)) return false;
  const Form_pg_proc proc = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  bool found = false;
  for (const char* name : kInsensitive) found = found || strcmp(NameStr(proc->proname), name) == 0;
  const char* name = NameStr(proc->proname);
  if (is_extreme(name)) {
    found = found && extremes_are_alike(proc->proargtypes.values[0], collation);
  } else if (strcmp(name, "count") != 0) {
    for (int i = 0; i < proc->pronargs; i++) {
      const Oid type = proc->proargtypes.values[i];
      if (type == FLOAT4OID || type == FLOAT8OID) found = false;
    }
  }
  ReleaseSysCache(tuple);
  return found;
}

bool has_sensitive_aggregate(const AggState* agg) {
  ListCell* cell;
  foreach (cell, agg->aggs) {
    const Aggref* aggregate = reinterpret_cast<const Aggref*>(lfirst(cell));
    if (aggregate->aggkind == AGGKIND_NORMAL && aggregate->aggorder == NIL && aggregate->aggdistinct == NIL &&
        !commutes(aggregate->aggfnoid, aggregate->inputcollid)) {
      return true;
    }
  }
  return false;
}

bool has_sensitive_window(const WindowAggState* window) {
  if (reinterpret_cast<const WindowAgg*>(window->ss.ps.plan)->ordNumCols > 0) return false;
  ListCell* cell;
  foreach (cell, window->funcs) {
    const WindowFuncExprState* function = static_cast<const WindowFuncExprState*>(lfirst(cell));
    if (!commutes(function->wfunc->winfnoid, function->wfunc->inputcollid)) return true;
  }
  return false;
}

// Whether a qual of the scan leaves but one value of the index column.
bool pins(const Node* qual, Relation index, int column) {
  if (IsA(qual, NullTest)) {
    const NullTest* test = reinterpret_cast<const NullTest*>(qual);
    return test->nulltesttype == IS_NULL && IsA(test->arg, Var) &&
           reinterpret_cast<const Var*>(test->arg)->varattno == column;
  }
  if (!IsA(qual, OpExpr)) return false;
  const OpExpr* expr = reinterpret_cast<const OpExpr*>(qual);
  const Node* left = static_cast<Node*>(linitial(expr->args));
  while (IsA(left, RelabelType))
    left = reinterpret_cast<Node*>(reinterpret_cast<const RelabelType*>(left)->arg);
  return IsA(left, Var) && reinterpret_cast<const Var*>(left)->varattno == column &&
         get_op_opfamily_strategy(expr->opno, index->rd_opfamily[column - 1]) == BTEqualStrategyNumber;
}

// An ORDER BY may stand behind a scan in the order of an index, or it may have been chosen for its conditions
// alone. It has not been asked for if the first column that decides is none that the query names; and rows of
// which the index tells no difference come as they lie in the table.
bool is_asked_for(PlanState* node, Relation index, List* quals) {
  if (index == nullptr || index->rd_rel->relam != BTREE_AM_OID) return false;
  for (int column = 1; column <= index->rd_index->indnkeyatts; column++) {
    bool pinned = false;
    ListCell* cell;
    foreach (cell, quals) pinned = pinned || pins(static_cast<Node*>(lfirst(cell)), index, column);
    if (pinned) continue;
    const AttrNumber attnum = index->rd_index->indkey.values[column - 1];
    bool system_columns = false;
    const Columns used =
        used_columns(node, reinterpret_cast<ScanState*>(node)->ss_currentRelation, &system_columns);
    return attnum == 0 || used.all || bms_is_member(attnum, used.attnums);
  }
  return index->rd_index->indisunique;
}

}  // namespace

bool has_defined_order(PlanState* node) {
  if (node == nullptr) return true;
  switch (nodeTag(node)) {
    case T_SortState:
    case T_IncrementalSortState:
    case T_MergeAppendState:
    case T_GatherMergeState:
    case T_ValuesScanState:
    case T_FunctionScanState:
      return true;
    case T_IndexScanState: {
      const IndexScanState* scan = reinterpret_cast<IndexScanState*>(node);
      return scan->iss_NumOrderByKeys > 0 ||
             is_asked_for(node, scan->iss_RelationDesc, reinterpret_cast<IndexScan*>(node->plan)->indexqual);
    }
    case T_IndexOnlyScanState: {
      const IndexOnlyScanState* scan = reinterpret_cast<IndexOnlyScanState*>(node);
      return scan->ioss_NumOrderByKeys > 0 ||
             is_asked_for(node, scan->ioss_RelationDesc,
                          reinterpret_cast<IndexOnlyScan*>(node->plan)->indexqual);
    }
    case T_AggState: {
      const AggStrategy strategy = reinterpret_cast<Agg*>(node->plan)->aggstrategy;
      return strategy == AGG_PLAIN || (strategy == AGG_SORTED && has_defined_order(outerPlanState(node)));
    }
    case T_SubqueryScanState:
      return has_defined_order(reinterpret_cast<SubqueryScanState*>(node)->subplan);
    case T_ResultState:
    case T_ProjectSetState:
    case T_LimitState:
    case T_LockRowsState:
    case T_MaterialState:
    case T_MemoizeState:
    case T_UniqueState:
    case T_GroupState:
    case T_WindowAggState:
    case T_NestLoopState:
    case T_MergeJoinState:
      return has_defined_order(outerPlanState(node));
    default:
      return false;
  }
}

bool uses_input_order(PlanState* node) {
  switch (nodeTag(node)) {
    case T_LimitState:
      return true;
    case T_AggState:
      return has_sensitive_aggregate(reinterpret_cast<AggState*>(node));
    case T_WindowAggState:
      return has_sensitive_window(reinterpret_cast<WindowAggState*>(node));
    default:
      return false;
  }
}

bool merges_unlike_rows(PlanState* node) {
  switch (nodeTag(node)) {
    case T_AggState:
      return !groups_are_alike(reinterpret_cast<const Agg*>(node->plan));
    case T_GroupState: {
      const Group* group = reinterpret_cast<const Group*>(node->plan);
      return !all_alike(group->numCols, group->grpOperators, group->grpCollations);
    }
    case T_UniqueState: {
      const Unique* unique = reinterpret_cast<const Unique*>(node->plan);
      // DISTINCT ON with an order that says nothing of what is chosen.
      const PlanState* input = outerPlanState(node);
      if (IsA(input, SortState) && list_length(node->plan->targetlist) > unique->numCols &&
          reinterpret_cast<const Sort*>(input->plan)->numCols <= unique->numCols)
        return true;
      return !all_alike(unique->numCols, unique->uniqOperators, unique->uniqCollations);
    }
    case T_RecursiveUnionState: {
      const RecursiveUnion* both = reinterpret_cast<const RecursiveUnion*>(node->plan);
      return !all_alike(both->numCols, both->dupOperators, both->dupCollations);
    }
    case T_SetOpState: {
#if PG_VERSION_NUM >= 180000
      return true;  // sorted ones name no equality
#else
      const SetOp* both = reinterpret_cast<const SetOp*>(node->plan);
      return !all_alike(both->numCols, both->dupOperators, both->dupCollations);
#endif
    }
    default:
      return false;
  }
}

}  // namespace freshet::read_set
