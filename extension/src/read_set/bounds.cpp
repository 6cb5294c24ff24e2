#include "row_key/row_key.h"

#include "read_set/bounds.h"

#include "compat.h"
#include "mutant.h"

extern "C" {
#include "access/relscan.h"
#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
}

namespace freshet::read_set {
namespace {

struct OrderedScan {
  Relation index;
  const ScanKeyData* keys;
  int key_count;
  bool ascending;        // as the index counts
  bool slot_is_indexed;  // the slot's columns are those of the index
};

bool describe(PlanState* node, OrderedScan* scan) {
  if (IsA(node, IndexScanState)) {
    const IndexScanState* state = reinterpret_cast<IndexScanState*>(node);
    if (state->iss_NumOrderByKeys > 0) return false;
    const ScanDirection direction = reinterpret_cast<IndexScan*>(node->plan)->indexorderdir;
    *scan = {state->iss_RelationDesc, state->iss_ScanKeys, state->iss_NumScanKeys,
             ScanDirectionIsForward(direction), false};
    return !ScanDirectionIsNoMovement(direction);
  }
  if (IsA(node, IndexOnlyScanState)) {
    const IndexOnlyScanState* state = reinterpret_cast<IndexOnlyScanState*>(node);
    if (state->ioss_NumOrderByKeys > 0) return false;
    const ScanDirection direction = reinterpret_cast<IndexOnlyScan*>(node->plan)->indexorderdir;
    *scan = {state->ioss_RelationDesc, state->ioss_ScanKeys, state->ioss_NumScanKeys,
             ScanDirectionIsForward(direction), true};
    return !ScanDirectionIsNoMovement(direction);
  }
  return false;
}

bool pins(const ScanKeyData& key, int column) {
  constexpr int kNotOneValue =
      SK_ISNULL | SK_SEARCHARRAY | SK_SEARCHNULL | SK_SEARCHNOTNULL | SK_ROW_HEADER | SK_ROW_MEMBER;
  return key.sk_attno == column && key.sk_strategy == BTEqualStrategyNumber &&
         (key.sk_flags & kNotOneValue) == 0;
}

// The first index column (from 1) that is not the same in all rows of the stream, or 0.
int deciding_column(const OrderedScan& scan) {
  for (int i = 0; i < scan.key_count; i++) {
    if ((scan.keys[i].sk_flags & SK_SEARCHARRAY) != 0) return 0;
  }
  for (int column = 1; column <= scan.index->rd_index->indnkeyatts; column++) {
    bool pinned = false;
    for (int i = 0; i < scan.key_count && !pinned; i++) pinned = pins(scan.keys[i], column);
    if (!pinned) return column;
  }
  return 0;
}

// Rows with the column up to its value in `slot`, in an order in which NULL comes first or last.
Condition up_to(Relation relation, AttrNumber attnum, TupleTableSlot* slot, int position, bool ascending,
                bool nulls_first) {
  bool null;
  const Datum value = slot_getattr(slot, position, &null);
  if (null && !nulls_first) return always();
  if (null) {
    Atom atom{};
    atom.attnum = attnum;
    atom.kind = wire::AtomKind::kIsNull;
    return of_atom(atom);
  }
  const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), attnum - 1);
  StringInfoData key;
  initStringInfo(&key);
  if (!row_key_order(row_key_codec(attribute->atttypid, attribute->attcollation), value, &key))
    return always();
  Atom atom{};
  atom.attnum = attnum;
  atom.kind = wire::AtomKind::kRange;
  const uint8* bytes = reinterpret_cast<const uint8*>(key.data);
  if (ascending) {
    atom.range = wire::kRangeHasHi | wire::kRangeHiInclusive;
    atom.hi = bytes;
    atom.hi_size = static_cast<uint32>(key.len);
  } else {
    atom.range = wire::kRangeHasLo | wire::kRangeLoInclusive;
    atom.lo = bytes;
    atom.lo_size = static_cast<uint32>(key.len);
  }
  if (nulls_first && !FRESHET_MUTANT_IS(BOUND_WITHOUT_NULLS)) atom.range |= wire::kRangeNullMatches;
  return of_atom(atom);
}

// The order of `less` or `greater` is that of order keys; the strategy tells which way.
int key_strategy(Relation relation, AttrNumber attnum, Oid op, Oid collation) {
  const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), attnum - 1);
  return OidIsValid(op) ? row_key_order_strategy(row_key_codec(attribute->atttypid, attribute->attcollation),
                                                 op, collation)
                        : 0;
}

// A column that decides whether a row matters is to be among those whose change matters.
bool is_used(const Columns& columns, AttrNumber attnum) {
  return columns.all || bms_is_member(attnum, columns.attnums);
}

struct SortedScans {
  SortState* sort;
  void (*visit)(PlanState* scan, AttrNumber attnum, SortState* sort, void* context);
  void* context;
};

void trace(const SortedScans& found, PlanState* node, int resno);

void trace_all(const SortedScans& found, PlanState** nodes, int count, int resno) {
  for (int i = 0; i < count; i++) trace(found, nodes[i], resno);
}

// A row of the side that has the column yields rows with it or none, and no row without it depends on it.
void trace_join(const SortedScans& found, PlanState* node, const Var* var) {
  const JoinType type = reinterpret_cast<Join*>(node->plan)->jointype;
  const bool outer = var->varno == OUTER_VAR;
  const bool inner = var->varno == INNER_VAR;
  if (outer && (type == JOIN_INNER || type == JOIN_LEFT || type == JOIN_SEMI || type == JOIN_ANTI)) {
    trace(found, outerPlanState(node), var->varattno);
  } else if (inner && (type == JOIN_INNER || type == JOIN_RIGHT)) {
    trace(found, innerPlanState(node), var->varattno);
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
void trace(const SortedScans& found, PlanState* node, int resno) {
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
      if (var->varno == OUTER_VAR) trace(found, outerPlanState(node), var->varattno);
      break;
    case T_NestLoopState:
    case T_MergeJoinState:
    case T_HashJoinState:
      trace_join(found, node, var);
      break;
    case T_AppendState:
      trace_all(found, reinterpret_cast<AppendState*>(node)->appendplans,
                reinterpret_cast<AppendState*>(node)->as_nplans, var->varattno);
      break;
    case T_MergeAppendState:
      trace_all(found, reinterpret_cast<MergeAppendState*>(node)->mergeplans,
                reinterpret_cast<MergeAppendState*>(node)->ms_nplans, var->varattno);
      break;
    case T_SubqueryScanState:
      trace(found, reinterpret_cast<SubqueryScanState*>(node)->subplan, var->varattno);
      break;
    case T_SeqScanState:
    case T_IndexScanState:
    case T_IndexOnlyScanState:
    case T_BitmapHeapScanState: {
      const AttrNumber attnum = column_in_scan(node, var);
      if (attnum > 0) found.visit(node, attnum, found.sort, found.context);
      break;
    }
    default:
      break;
  }
}

// The Sorts that run once: below `node`, which runs once, on paths on which no one runs anything again.
void visit_sorts(SortedScans* found, PlanState* node) {
  if (node == nullptr) return;
  check_stack_depth();
  ListCell* cell;
  foreach (cell, node->initPlan) {
    PlanState* plan = static_cast<SubPlanState*>(lfirst(cell))->planstate;
    if (bms_is_empty(plan->plan->extParam)) visit_sorts(found, plan);
  }
  switch (nodeTag(node)) {
    case T_SortState:
      found->sort = reinterpret_cast<SortState*>(node);
      trace(*found, node, reinterpret_cast<Sort*>(node->plan)->sortColIdx[0]);
      visit_sorts(found, outerPlanState(node));
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
    case T_HashJoinState:
      visit_sorts(found, outerPlanState(node));
      break;
    case T_SubqueryScanState:
      visit_sorts(found, reinterpret_cast<SubqueryScanState*>(node)->subplan);
      break;
    case T_AppendState: {
      AppendState* append = reinterpret_cast<AppendState*>(node);
      for (int i = 0; i < append->as_nplans; i++) visit_sorts(found, append->appendplans[i]);
      break;
    }
    default:
      break;
  }
}

}  // namespace

bool reads_in_order(PlanState* node) {
  OrderedScan scan;
  return describe(node, &scan) && scan.index != nullptr && scan.index->rd_rel->relam == BTREE_AM_OID;
}

Condition scan_bound(PlanState* node, Relation relation, const Columns& columns) {
  OrderedScan scan;
  TupleTableSlot* slot = reinterpret_cast<ScanState*>(node)->ss_ScanTupleSlot;
  if (!describe(node, &scan) || slot == nullptr || TTS_EMPTY(slot)) return always();
  const int column = deciding_column(scan);
  if (column == 0) return always();
  const AttrNumber attnum = scan.index->rd_index->indkey.values[column - 1];
  if (attnum < 1 || !is_used(columns, attnum)) return always();
  const Oid type = scan.index->rd_opcintype[column - 1];
  const Oid less = get_opfamily_member(scan.index->rd_opfamily[column - 1], type, type, BTLessStrategyNumber);
  if (key_strategy(relation, attnum, less, scan.index->rd_indcollation[column - 1]) != BTLessStrategyNumber)
    return always();
  // An index stores names as strings of another type.
  const int position = scan.slot_is_indexed ? column : attnum;
  if (scan.slot_is_indexed && TupleDescAttr(RelationGetDescr(relation), attnum - 1)->atttypid == NAMEOID)
    return always();
  const int16 option = scan.index->rd_indoption[column - 1];
  const bool forward = scan.ascending;
  return up_to(relation, attnum, slot, position, forward == ((option & INDOPTION_DESC) == 0),
               forward == ((option & INDOPTION_NULLS_FIRST) != 0));
}

Condition sort_bound(SortState* sort, Relation relation, AttrNumber attnum, const Columns& columns) {
  TupleTableSlot* slot = sort->ss.ps.ps_ResultTupleSlot;
  if (!sort->sort_Done || slot == nullptr || TTS_EMPTY(slot) || !is_used(columns, attnum)) return always();
  const Sort* plan = reinterpret_cast<Sort*>(sort->ss.ps.plan);
  const int strategy = key_strategy(relation, attnum, plan->sortOperators[0], plan->collations[0]);
  if (strategy != BTLessStrategyNumber && strategy != BTGreaterStrategyNumber) return always();
  return up_to(relation, attnum, slot, plan->sortColIdx[0], strategy == BTLessStrategyNumber,
               plan->nullsFirst[0]);
}

void for_each_sorted_scan(QueryDesc* query,
                          void (*visit)(PlanState* scan, AttrNumber attnum, SortState* sort, void* context),
                          void* context) {
  // A cursor that scrolls may begin anew without telling.
  if ((query->estate->es_top_eflags & (EXEC_FLAG_REWIND | EXEC_FLAG_BACKWARD)) != 0) return;
  SortedScans found{nullptr, visit, context};
  visit_sorts(&found, query->planstate);
}

}  // namespace freshet::read_set
