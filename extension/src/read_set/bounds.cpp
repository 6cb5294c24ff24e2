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
  if (FRESHET_MUTANT_IS(BOUND_WITHOUT_TIES)) atom.range &= wire::kRangeHasLo | wire::kRangeHasHi;
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

}  // namespace freshet::read_set
