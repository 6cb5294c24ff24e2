#include "change_set/row.h"

#include "change_set/computed.h"

#include "compat.h"
#include "mutant.h"

extern "C" {
#include "access/htup_details.h"
}

namespace freshet {
namespace {

constexpr bool kMutantToastIsNull = FRESHET_MUTANT_IS(UNCHANGED_TOAST_IS_NULL);
constexpr bool kMutantOldKeyIgnored = FRESHET_MUTANT_IS(OLD_KEY_IGNORED);
constexpr bool kMutantUnknownInputIsNull = FRESHET_MUTANT_IS(UNKNOWN_INPUT_IS_NULL);
constexpr bool kMutantTestNegated = FRESHET_MUTANT_IS(TEST_NEGATED);
constexpr bool kMutantMissingOldIsNull = FRESHET_MUTANT_IS(MISSING_OLD_IS_NULL);

// What is in a tuple's place for one column.
enum class Stored : uint8 {
  kAbsent,  // nobody logged it
  kNull,
  kHere,
  kElsewhere,  // an on-disk TOAST pointer: an update left the value alone, and it cannot be fetched while
               // decoding
};

struct Cell {
  Stored stored;
  Datum value;
};

// A tuple taken apart. `key_only`: only the identity columns were logged, the others read as null.
class Deformed {
 public:
  Deformed(HeapTuple tuple, TupleDesc columns, bool key_only) : columns_(columns), key_only_(key_only) {
    present_ = tuple != nullptr;
    if (!present_) return;
    values_ = static_cast<Datum*>(palloc(columns->natts * sizeof(Datum)));
    nulls_ = static_cast<bool*>(palloc(columns->natts * sizeof(bool)));
    heap_deform_tuple(tuple, columns, values_, nulls_);
  }

  bool present() const { return present_; }

  Cell cell(AttrNumber column, bool in_identity) const {
    if (!present_ || (key_only_ && !in_identity && !kMutantMissingOldIsNull)) return {Stored::kAbsent, 0};
    const int i = column - 1;
    // No identity column can be null: one that reads so was not logged.
    if (nulls_[i]) return {key_only_ && in_identity ? Stored::kAbsent : Stored::kNull, 0};
    if (TupleDescAttr(columns_, i)->attlen == -1 && VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(values_[i])))
      return {Stored::kElsewhere, 0};
    return {Stored::kHere, values_[i]};
  }

 private:
  TupleDesc columns_;
  bool key_only_;
  bool present_;
  Datum* values_ = nullptr;
  bool* nulls_ = nullptr;
};

void code_known(const CodedColumn& column, Datum value, const wire::SipKey& key, ColumnValue* coded) {
  coded->state = wire::ValueState::kKnown;
  if (column.test) {
    coded->parts |= wire::kPartEq;
    coded->eq = DatumGetBool(value) != kMutantTestNegated ? 1 : 0;
    return;
  }
  // Fetched and decompressed once for all parts.
  if (column.varlena) value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
  if ((column.parts & wire::kPartEq) != 0 && row_key_eq(column.codec, value, &coded->eq))
    coded->parts |= wire::kPartEq;
  if ((column.parts & wire::kPartOrder) != 0) {
    initStringInfo(&coded->order);
    if (row_key_order(column.codec, value, &coded->order)) coded->parts |= wire::kPartOrder;
  }
  if ((column.parts & wire::kPartImage) != 0) {
    coded->image = row_key_image(column.codec, value, key);
    coded->parts |= wire::kPartImage;
  }
}

// Appends the column unless nothing is known about it.
void append(const CodedColumn& column, Cell cell, wire::ValueState elsewhere, const wire::SipKey& key,
            RowSide* side) {
  if (cell.stored == Stored::kAbsent) return;
  if (cell.stored == Stored::kElsewhere && elsewhere == wire::ValueState::kUnknown) return;
  ColumnValue* coded = &side->values[side->count++];
  coded->column = column.column;
  coded->parts = 0;
  switch (cell.stored) {
    case Stored::kHere:
      code_known(column, cell.value, key, coded);
      break;
    case Stored::kElsewhere:
      coded->state = kMutantToastIsNull ? wire::ValueState::kNull : elsewhere;
      break;
    default:
      coded->state = wire::ValueState::kNull;
  }
}

bool is_in_identity(const ChangedTable& table, AttrNumber column) {
  for (int i = 0; i < table.identity_count; ++i) {
    if (table.identity_columns[i] == column) return true;
  }
  return false;
}

template <class Cells>
void append_computed(const ChangedTable& table, const CodedColumn& column, ComputedRow* row, Cells cells,
                     const wire::SipKey& key, RowSide* side) {
  Cell cell{Stored::kHere, 0};
  bool null = false;
  const auto input = [&](AttrNumber attnum, Datum* value, bool* is_null) {
    const Cell stored = cells(attnum, is_in_identity(table, attnum));
    *value = stored.value;
    *is_null = stored.stored != Stored::kHere;
    return stored.stored == Stored::kNull || stored.stored == Stored::kHere || kMutantUnknownInputIsNull;
  };
  if (!row->compute(column, input, &cell.value, &null)) return;
  if (null) cell.stored = Stored::kNull;
  append(column, cell, wire::ValueState::kUnknown, key, side);
}

RowSide empty_side(const ChangedTable& table) {
  return {0, static_cast<ColumnValue*>(palloc(Max(table.column_count, 1) * sizeof(ColumnValue)))};
}

// The hash of the identity columns as `cells` yields them. False: one of them is not known.
template <class Cells>
bool code_key(const ChangedTable& table, const wire::SipKey& key, wire::Hash128* hash, Cells cells) {
  if (table.identity_count == 0) return false;
  Datum values[INDEX_MAX_KEYS];
  for (int i = 0; i < table.identity_count; ++i) {
    const Cell cell = cells(table.identity_columns[i]);
    if (cell.stored != Stored::kHere) return false;
    values[i] = cell.value;
  }
  *hash = row_key_identity(table.identity_count, table.identity_codecs, values, key);
  return true;
}

}  // namespace

bool code_row(const ChangedTable& table, TupleDesc columns, wire::RowKind kind, HeapTuple old_tuple,
              HeapTuple new_tuple, const wire::SipKey& key, RowChange* change) {
  const bool has_new = kind != wire::RowKind::kDelete;
  const bool has_old = kind != wire::RowKind::kInsert;
  if (has_new && new_tuple == nullptr) return false;

  const bool full = table.identity == Identity::kFull;
  // Without an identity nothing of the old row is logged; whatever is there is not what it would be taken
  // for.
  const bool old_logged = has_old && old_tuple != nullptr && table.identity != Identity::kNone;
  const Deformed old_row(old_logged ? old_tuple : nullptr, columns, !full);
  const Deformed new_row(has_new ? new_tuple : nullptr, columns, false);

  // An update logs its old key only when the key changed or is stored out of line; otherwise old and new key
  // agree.
  const bool key_unchanged = kind == wire::RowKind::kUpdate && table.identity == Identity::kKey &&
                             (!old_row.present() || kMutantOldKeyIgnored);
  const auto old_cell = [&](AttrNumber column, bool in_identity) {
    if (!key_unchanged) return old_row.cell(column, in_identity);
    return in_identity ? new_row.cell(column, true) : Cell{Stored::kAbsent, 0};
  };
  const auto new_cell = [&](AttrNumber column, bool in_identity) {
    const Cell cell = new_row.cell(column, in_identity);
    if (cell.stored != Stored::kElsewhere) return cell;
    const Cell before = old_row.cell(column, in_identity);
    return before.stored == Stored::kHere ? before : cell;
  };

  change->kind = kind;
  change->flags = 0;
  change->old_side = empty_side(table);
  change->new_side = empty_side(table);
  if (has_old && full && old_row.present()) change->flags |= wire::kRowOldComplete;
  if (has_old && code_key(table, key, &change->old_key, [&](AttrNumber c) { return old_cell(c, true); }))
    change->flags |= wire::kRowOldKey;
  if (has_new && code_key(table, key, &change->new_key, [&](AttrNumber c) { return new_cell(c, true); }))
    change->flags |= wire::kRowNewKey;

  ComputedRow computed(columns);
  for (int i = 0; i < table.column_count; ++i) {
    const CodedColumn& column = table.columns[i];
    if (column.state != nullptr) {
      if (has_old) append_computed(table, column, &computed, old_cell, key, &change->old_side);
      if (has_new) append_computed(table, column, &computed, new_cell, key, &change->new_side);
      continue;
    }
    const AttrNumber stored = static_cast<AttrNumber>(column.column);
    if (has_old)
      append(column, old_cell(stored, column.in_identity), wire::ValueState::kUnknown, key,
             &change->old_side);
    if (has_new)
      append(column, new_cell(stored, column.in_identity),
             kind == wire::RowKind::kUpdate ? wire::ValueState::kUnchanged : wire::ValueState::kUnknown, key,
             &change->new_side);
  }
  computed.close();
  return true;
}

}  // namespace freshet
