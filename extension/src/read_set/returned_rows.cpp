#include "read_set/returned_rows.h"

#include "compat.h"
#include "mutant.h"
#include "read_set/capture_state.h"

extern "C" {
#include "access/genam.h"
#include "access/relscan.h"
#include "executor/tuptable.h"
#include "utils/rel.h"
}

namespace freshet::read_set {
namespace {

RowKeyCodec* codec_of(Relation relation, AttrNumber column) {
  const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), column - 1);
  return row_key_codec(attribute->atttypid, attribute->attcollation);
}

bool is_held_value_inside(const HeldValue& value, const Atom& atom) {
  switch (atom.kind) {
    case wire::AtomKind::kIsNull:
      return value.null;
    case wire::AtomKind::kIsNotNull:
      return !value.null;
    case wire::AtomKind::kEq:
    case wire::AtomKind::kIn: {
      if (value.null) return false;
      bool found = !value.has_eq;
      for (uint32 i = 0; i < atom.hash_count && !found; i++) found = atom.hashes[i] == value.eq;
      return found;
    }
    case wire::AtomKind::kRange:
      if (value.null) return (atom.range & wire::kRangeNullMatches) != 0;
      return value.order_size == 0 || is_in_range(atom, value.order, value.order_size);
    case wire::AtomKind::kTest:
      return true;
    case wire::AtomKind::kNever:
      return false;
  }
  return true;
}

// The scan slot holds what the node fetched for the row that it has just returned; of an index-only scan,
// what the index has.
TupleTableSlot* row_slot(ReturnedRows* rows, PlanState* node) {
  if (rows->fetched == nullptr) return reinterpret_cast<ScanState*>(node)->ss_ScanTupleSlot;
  const IndexScanDesc scan = reinterpret_cast<IndexOnlyScanState*>(node)->ioss_ScanDesc;
  if (scan == nullptr) return nullptr;
  ItemPointerData tid = scan->xs_heaptid;
  bool call_again = false;
  const bool found = table_index_fetch_tuple(rows->fetch, &tid, node->state->es_snapshot, rows->fetched,
                                             &call_again, nullptr);
  return found ? rows->fetched : nullptr;
}

// No buffer stays pinned between two rows: nobody would release it in a statement that ends outside of the
// capture.
void release_slot(ReturnedRows* rows) {
  if (rows->fetched == nullptr) return;
  ExecClearTuple(rows->fetched);
  table_index_fetch_reset(rows->fetch);
}

HeldValue held_value(const JudgedColumn& judged, TupleTableSlot* slot) {
  HeldValue held{};
  const Datum value = slot_getattr(slot, judged.column, &held.null);
  if (held.null) return held;
  held.has_eq = row_key_eq(judged.codec, value, &held.eq);
  StringInfoData order;
  initStringInfo(&order);
  if (row_key_order(judged.codec, value, &order)) {
    held.order = reinterpret_cast<const uint8*>(order.data);
    held.order_size = static_cast<uint32>(order.len);
  }
  return held;
}

// NULL: a column of the key is null, so that no change would name the row.
wire::Hash128* prints_of(ReturnedRows* rows, TupleTableSlot* slot) {
  Datum identity[INDEX_MAX_KEYS];
  for (int i = 0; i < rows->identity_count; i++) {
    bool null;
    identity[i] = slot_getattr(slot, rows->identity[i], &null);
    if (null) return nullptr;
  }
  wire::SipKey key;
  memcpy(key.bytes, open_capture()->options.image_key, sizeof key.bytes);
  wire::Hash128* prints = rows->prints;
  prints[0] = row_key_identity(rows->identity_count, rows->identity_codecs, identity, key);
  for (int i = 0; i < rows->image_count; i++) {
    bool null;
    const Datum value = slot_getattr(slot, rows->images[i], &null);
    prints[1 + i] = null ? wire::kNullImage : row_key_image(rows->image_codecs[i], value, key);
  }
  return prints;
}

void fetch_rows_of_index(ReturnedRows* rows, PlanState* node, Relation relation) {
  if (!IsA(node, IndexOnlyScanState) || rows->fetched != nullptr) return;
  rows->fetch = table_index_fetch_begin(relation);
  rows->fetched = table_slot_create(relation, &node->state->es_tupleTable);
}

}  // namespace

void prepare_rows(ReturnedRows* rows, PlanState* node, Relation relation, const Columns& columns) {
  const Capture* capture = open_capture();
  if (capture == nullptr || !capture->options.has_image_key || columns.all) return;
  if (!IsA(node, SeqScanState) && !IsA(node, IndexScanState) && !IsA(node, IndexOnlyScanState) &&
      !IsA(node, BitmapHeapScanState))
    return;
  rows->identity_count = row_key_identity_columns(relation, rows->identity);
  rows->told = rows->identity_count > 0;
  if (!rows->told) return;
  for (int i = 0; i < rows->identity_count; i++)
    rows->identity_codecs[i] = codec_of(relation, rows->identity[i]);
  const int width = bms_num_members(columns.attnums);
  rows->images = static_cast<AttrNumber*>(palloc(sizeof(AttrNumber) * width));
  rows->image_codecs = static_cast<RowKeyCodec**>(palloc(sizeof(RowKeyCodec*) * width));
  for (int attnum = -1; (attnum = bms_next_member(columns.attnums, attnum)) >= 0;) {
    rows->images[rows->image_count] = static_cast<AttrNumber>(attnum);
    rows->image_codecs[rows->image_count++] = codec_of(relation, static_cast<AttrNumber>(attnum));
  }
  rows->prints = static_cast<wire::Hash128*>(palloc(sizeof(wire::Hash128) * (1 + rows->image_count)));
  fetch_rows_of_index(rows, node, relation);
}

void judge_by(ReturnedRows* rows, PlanState* node, Relation relation, AttrNumber column) {
  for (int i = 0; i < rows->judged_count; i++) {
    if (rows->judged[i].column == column) return;
  }
  if (rows->judged_count == kMaxJudged) return;
  rows->judged[rows->judged_count++] = {column, codec_of(relation, column)};
  rows->valued = true;
  fetch_rows_of_index(rows, node, relation);
}

CurrentRow current_row(ReturnedRows* rows, PlanState* node, bool with_values) {
  CurrentRow row{};
  TupleTableSlot* slot = row_slot(rows, node);
  const bool there = slot != nullptr && !TTS_EMPTY(slot);
  if (there && rows->told) row.prints = prints_of(rows, slot);
  if (there && with_values) {
    row.values = static_cast<HeldValue*>(palloc(sizeof(HeldValue) * Max(rows->judged_count, 1)));
    for (int i = 0; i < rows->judged_count; i++) row.values[i] = held_value(rows->judged[i], slot);
  }
  release_slot(rows);
  return row;
}

const wire::Hash128* current_prints(ReturnedRows* rows, PlanState* node) {
  TupleTableSlot* slot = reinterpret_cast<ScanState*>(node)->ss_ScanTupleSlot;
  return slot != nullptr && !TTS_EMPTY(slot) ? prints_of(rows, slot) : nullptr;
}

bool hold_row(ReturnedRows* rows, const CurrentRow& row, MemoryContext parent) {
  if (rows->held_count == kMaxFingerprints) {
    forget_held_rows(rows);
    rows->told = false;
    rows->valued = false;
    return false;
  }
  if (rows->held_memory == nullptr) {
    rows->held_memory = AllocSetContextCreate(parent, "freshet held rows", ALLOCSET_SMALL_SIZES);
  }
  const MemoryContext before = MemoryContextSwitchTo(rows->held_memory);
  const Size width = 1 + static_cast<Size>(rows->image_count);
  const Size judged = static_cast<Size>(rows->judged_count);
  if (rows->held_count == rows->held_capacity) {
    const int capacity = Max(16, rows->held_capacity * 2);
    wire::Hash128* held = static_cast<wire::Hash128*>(palloc(sizeof(wire::Hash128) * width * capacity));
    HeldValue* held_values = static_cast<HeldValue*>(palloc(sizeof(HeldValue) * judged * capacity));
    if (rows->held_count > 0) {
      memcpy(held, rows->held, sizeof(wire::Hash128) * width * rows->held_count);
      memcpy(held_values, rows->held_values, sizeof(HeldValue) * judged * rows->held_count);
      pfree(rows->held);
      pfree(rows->held_values);
    }
    rows->held = held;
    rows->held_values = held_values;
    rows->held_capacity = capacity;
  }
  if (row.prints != nullptr)
    memcpy(rows->held + width * rows->held_count, row.prints, sizeof(wire::Hash128) * width);
  HeldValue* kept = rows->held_values + judged * rows->held_count;
  for (Size i = 0; i < judged; i++) {
    kept[i] = row.values[i];
    if (kept[i].order_size == 0) continue;
    uint8* order = static_cast<uint8*>(palloc(kept[i].order_size));
    memcpy(order, row.values[i].order, kept[i].order_size);
    kept[i].order = order;
  }
  rows->held_count++;
  MemoryContextSwitchTo(before);
  return true;
}

bool may_satisfy(const ReturnedRows* rows, int row, const Condition& condition) {
  const HeldValue* values = rows->held_values + static_cast<Size>(rows->judged_count) * row;
  for (int c = 0; c < condition.count; c++) {
    const Conj& conj = condition.conjs[c];
    bool inside = true;
    for (int a = 0; a < conj.count && inside; a++) {
      for (int i = 0; i < rows->judged_count && inside; i++) {
        if (static_cast<ColumnId>(rows->judged[i].column) == conj.atoms[a].attnum)
          inside = is_held_value_inside(values[i], conj.atoms[a]);
      }
    }
    if (inside) return true;
  }
  return false;
}

void forget_held_rows(ReturnedRows* rows) {
  if (rows->held_memory != nullptr) MemoryContextReset(rows->held_memory);
  rows->held = nullptr;
  rows->held_values = nullptr;
  rows->held_count = 0;
  rows->held_capacity = 0;
}

}  // namespace freshet::read_set
