#include "read_set/plan_walk.h"

#include "compat.h"
#include "mutant.h"
#include "read_set/capture.h"
#include "read_set/dependences.h"
#include "read_set/order_dependence.h"
#include "read_set/row_flow.h"

extern "C" {
#include "access/htup_details.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/pg_class.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace freshet::read_set {
namespace {

struct Walk {
  Execution* execution;
  bool order_dependent;
  bool in_worker;     // or could be
  List** restorable;  // PlanState*: a merge join may set it back
};

// TRUNCATE, rewrites and REFRESH replace the storage at once for every snapshot. The catalog row of the
// relation tells who did so last (or changed it otherwise, which makes the run void without need, and only
// that).
bool is_newer_than_snapshot(Relation relation) {
  if (!ActiveSnapshotSet()) return false;
  const HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(RelationGetRelid(relation)));
  if (!HeapTupleIsValid(tuple)) return true;
  const bool frozen = HeapTupleHeaderXminFrozen(tuple->t_data);
  const TransactionId writer = HeapTupleHeaderGetRawXmin(tuple->t_data);
  ReleaseSysCache(tuple);
  if (frozen || !TransactionIdIsNormal(writer) || TransactionIdIsCurrentTransactionId(writer)) return false;
  return XidInMVCCSnapshot(writer, GetActiveSnapshot());
}

// False: changes of the relation are never decoded, and the flag says which kind it is.
bool is_decoded(Relation relation) {
  if (RelationGetRelid(relation) < FirstNormalObjectId || IsCatalogRelation(relation)) {
    capture_flag(kCaptureCatalog);
    return false;
  }
  if (relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP) {
    capture_flag(kCaptureTemporary);
    return false;
  }
  if (relation->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED) {
    capture_flag(kCaptureUnlogged);
    return false;
  }
  switch (relation->rd_rel->relkind) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE:
    case RELKIND_MATVIEW:
      return true;
    case RELKIND_FOREIGN_TABLE:
      capture_flag(kCaptureForeign);
      return false;
    default:
      capture_flag(kCaptureVolatile);
      return false;
  }
}

void watch(Walk* walk, PlanState* node, bool order_dependent) {
  const Relation relation = reinterpret_cast<ScanState*>(node)->ss_currentRelation;
  if (relation == nullptr || !is_decoded(relation)) return;
  if (!FRESHET_MUTANT_IS(NEW_STORAGE_IGNORED) && is_newer_than_snapshot(relation)) capture_flag(kCaptureVoid);
  const bool restorable = walk->in_worker || list_member_ptr(*walk->restorable, node);
  watch_scan(walk->execution, node, relation, order_dependent, restorable);
}

// The scan that a merge join sets back to a row when the other side repeats a key: the inner one, unless a
// Sort or Material remembers its rows.
PlanState* restorable_scan(PlanState* node) {
  while (node != nullptr) {
    switch (nodeTag(node)) {
      case T_ResultState:
        node = outerPlanState(node);
        break;
      case T_AppendState:
        if (reinterpret_cast<AppendState*>(node)->as_nplans != 1) return nullptr;
        node = reinterpret_cast<AppendState*>(node)->appendplans[0];
        break;
      case T_MergeAppendState:
        if (reinterpret_cast<MergeAppendState*>(node)->ms_nplans != 1) return nullptr;
        node = reinterpret_cast<MergeAppendState*>(node)->mergeplans[0];
        break;
      case T_IndexScanState:
      case T_IndexOnlyScanState:
        return node;
      default:
        return nullptr;
    }
  }
  return nullptr;
}

// A provider of scans that we cannot look into: every table of the statement counts as read completely.
void give_up_tables(Execution* execution) {
  ListCell* cell;
  foreach (cell, execution->query->estate->es_range_table) {
    const RangeTblEntry* rte = reinterpret_cast<RangeTblEntry*>(lfirst(cell));
    if (rte->rtekind != RTE_RELATION || rte->relid < FirstNormalObjectId) continue;
    add(execution->set, rte->relid, Columns{true, nullptr}, true, always(), false);
  }
}

bool visit(PlanState* node, void* context) {
  check_stack_depth();
  Walk* walk = static_cast<Walk*>(context);
  capture_flag(value_function_dependences(node->plan));
  Walk below = *walk;
  if (!FRESHET_MUTANT_IS(NO_ORDER_DEPENDENCE) && uses_input_order(node)) {
    walk->execution->order_matters = true;
    below.order_dependent = walk->order_dependent || !has_defined_order(outerPlanState(node));
  }
  if (!FRESHET_MUTANT_IS(FIRST_OF_EQUALS_KEPT) && merges_unlike_rows(node)) below.order_dependent = true;
  switch (nodeTag(node)) {
    case T_MergeJoinState:
      if (!FRESHET_MUTANT_IS(RESTORED_SCANS_BOUNDED) &&
          !reinterpret_cast<MergeJoin*>(node->plan)->skip_mark_restore) {
        PlanState* scan = restorable_scan(innerPlanState(node));
        if (scan != nullptr) *walk->restorable = lappend(*walk->restorable, scan);
      }
      break;
    case T_GatherState:
    case T_GatherMergeState:
      below.in_worker = true;
      break;
    case T_SeqScanState:
    case T_IndexScanState:
    case T_IndexOnlyScanState:
    case T_BitmapHeapScanState:
      watch(walk, node, walk->order_dependent);
      break;
    case T_SampleScanState:
      capture_flag(kCaptureSample);
      watch(walk, node, true);
      break;
    case T_TidScanState:
    case T_TidRangeScanState:
      capture_flag(kCaptureTidScan);
      watch(walk, node, true);
      break;
    case T_ForeignScanState:
      capture_flag(kCaptureForeign);
      break;
    case T_CustomScanState:
      capture_flag(kCaptureCustomScan);
      give_up_tables(walk->execution);
      break;
    case T_CteScanState:
    case T_WorkTableScanState:
    case T_NamedTuplestoreScanState:
      // Their rows come from another tree of this statement, in its order.
      if (walk->order_dependent) walk->execution->order_dependent = true;
      break;
    default:
      break;
  }
  return walk_plan_state(node, visit, &below);
}

}  // namespace

void watch_plan(Execution* execution) {
  QueryDesc* query = execution->query;
  if (query->plannedstmt->rowMarks != NIL || query->plannedstmt->commandType != CMD_SELECT ||
      query->plannedstmt->hasModifyingCTE) {
    capture_flag(kCaptureRowMarks);
    execution->unbounded = true;
  }
  if (execution->order_matters && !has_defined_order(query->planstate)) execution->order_dependent = true;
  List* restorable = NIL;
  Walk walk{execution, false, false, &restorable};
  visit(query->planstate, &walk);
  ListCell* cell;
  foreach (cell, query->estate->es_subplanstates) {
    PlanState* root = static_cast<PlanState*>(lfirst(cell));
    if (root != nullptr) visit(root, &walk);
  }
  follow_rows_of_statement(execution);
}

}  // namespace freshet::read_set
