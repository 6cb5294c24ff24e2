#include "row_key/row_key.h"

#include "read_set/bounds.h"

#include "compat.h"
#include "read_set/order_steps.h"

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

bool is_pinned(const OrderedScan& scan, int column) {
  for (int i = 0; i < scan.key_count; i++) {
    if (pins(scan.keys[i], column)) return true;
  }
  return false;
}

// Where the column stands in `slot`, in an order in which NULL comes first or last. False: it has no key.
bool step_at(Relation relation, AttrNumber attnum, TupleTableSlot* slot, int position, bool ascending,
             bool nulls_first, OrderStep* step) {
  *step = {static_cast<ColumnId>(attnum), ascending, nulls_first, false, nullptr, 0};
  const Datum value = slot_getattr(slot, position, &step->null);
  if (step->null) return true;
  const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), attnum - 1);
  StringInfoData key;
  initStringInfo(&key);
  if (!row_key_order(row_key_codec(attribute->atttypid, attribute->attcollation), value, &key)) return false;
  step->key = reinterpret_cast<const uint8*>(key.data);
  step->size = static_cast<uint32>(key.len);
  return true;
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

// The step of an index column, if its order is that of order keys and the query uses it.
bool index_step(const OrderedScan& scan, int column, Relation relation, const Columns& columns,
                TupleTableSlot* slot, OrderStep* step) {
  const AttrNumber attnum = scan.index->rd_index->indkey.values[column - 1];
  if (attnum < 1 || !is_used(columns, attnum)) return false;
  const Oid type = scan.index->rd_opcintype[column - 1];
  const Oid less = get_opfamily_member(scan.index->rd_opfamily[column - 1], type, type, BTLessStrategyNumber);
  if (key_strategy(relation, attnum, less, scan.index->rd_indcollation[column - 1]) != BTLessStrategyNumber)
    return false;
  // An index stores names as strings of another type.
  const int position = scan.slot_is_indexed ? column : attnum;
  if (scan.slot_is_indexed && TupleDescAttr(RelationGetDescr(relation), attnum - 1)->atttypid == NAMEOID)
    return false;
  const int16 option = scan.index->rd_indoption[column - 1];
  return step_at(relation, attnum, slot, position, scan.ascending == ((option & INDOPTION_DESC) == 0),
                 scan.ascending == ((option & INDOPTION_NULLS_FIRST) != 0), step);
}

}  // namespace

bool reads_in_order(PlanState* node) {
  OrderedScan scan;
  return describe(node, &scan) && scan.index != nullptr && scan.index->rd_rel->relam == BTREE_AM_OID;
}

Condition scan_bound(PlanState* node, Relation relation, const Columns& columns, int max_steps) {
  OrderedScan scan;
  TupleTableSlot* slot = reinterpret_cast<ScanState*>(node)->ss_ScanTupleSlot;
  if (!describe(node, &scan) || slot == nullptr || TTS_EMPTY(slot)) return always();
  for (int i = 0; i < scan.key_count; i++) {
    if ((scan.keys[i].sk_flags & SK_SEARCHARRAY) != 0) return always();
  }
  OrderStep steps[kMaxSteps];
  int count = 0;
  for (int column = 1; column <= scan.index->rd_index->indnkeyatts && count < max_steps; column++) {
    // The same in all rows of the stream.
    if (is_pinned(scan, column)) continue;
    if (!index_step(scan, column, relation, columns, slot, &steps[count])) break;
    count++;
  }
  return count == 0 ? always() : up_to(steps, count, true);
}

bool is_cut_short(const SortState* sort) {
  const TupleTableSlot* slot = sort->ss.ps.ps_ResultTupleSlot;
  return sort->sort_Done && slot != nullptr && !TTS_EMPTY(slot);
}

Condition sort_bound(SortState* sort, Relation relation, const AttrNumber* attnums, int attnum_count,
                     const Columns& columns, int max_steps) {
  TupleTableSlot* slot = sort->ss.ps.ps_ResultTupleSlot;
  if (!is_cut_short(sort)) return always();
  const Sort* plan = reinterpret_cast<Sort*>(sort->ss.ps.plan);
  OrderStep steps[kMaxSteps];
  int count = 0;
  for (; count < attnum_count && count < max_steps; count++) {
    const AttrNumber attnum = attnums[count];
    if (!is_used(columns, attnum)) break;
    const int strategy = key_strategy(relation, attnum, plan->sortOperators[count], plan->collations[count]);
    if (strategy != BTLessStrategyNumber && strategy != BTGreaterStrategyNumber) break;
    if (!step_at(relation, attnum, slot, plan->sortColIdx[count], strategy == BTLessStrategyNumber,
                 plan->nullsFirst[count], &steps[count]))
      break;
  }
  return count == 0 ? always() : up_to(steps, count, true);
}

}  // namespace freshet::read_set
