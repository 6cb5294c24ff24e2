#include "causes.h"

#include <algorithm>

#include "live/overlaps.h"

namespace freshet::fuzz {
namespace {

bool matches(const wire::Entry& entry, const live::RowImage& image) {
  if (!live::may_match(entry.fixed, image)) return false;
  if (entry.alternatives.empty()) return true;
  return std::any_of(
      entry.alternatives.begin(), entry.alternatives.end(),
      [&](const wire::Conjunction& alternative) { return live::may_match(alternative, image); });
}

// Nothing but nulls, which have no image, tells the new row from the one whose fingerprint is at `print`.
bool differs_by_nulls_only(const wire::Entry& entry, std::size_t print, const wire::Transaction& transaction,
                           const wire::Row& row) {
  const wire::Fingerprints& prints = entry.fingerprints;
  for (const wire::Column& column : transaction.new_tuple(row)) {
    const auto at = std::lower_bound(prints.columns.begin(), prints.columns.end(), column.attnum);
    if (at == prints.columns.end() || *at != column.attnum) continue;
    if (column.state != wire::ValueState::kKnown) continue;
    const auto position = static_cast<std::size_t>(at - prints.columns.begin());
    if (!(prints.images[print * prints.columns.size() + position] == column.image)) return false;
  }
  return true;
}

Cause cause_of_update(const wire::Entry& entry, const wire::Transaction& transaction, const wire::Row& row) {
  if (!entry.all_columns() && live::unchanged(entry.columns, transaction, row)) return Cause::kOrder;
  const bool old_key = (row.flags & wire::kRowOldKey) != 0;
  if (entry.has_fingerprints() && old_key) {
    const auto& keys = entry.fingerprints.keys;
    const auto at = std::find(keys.begin(), keys.end(), row.old_key);
    if (at == keys.end()) return Cause::kMovedIn;
    if (entry.all_columns()) return Cause::kAllColumns;
    if (!matches(entry, live::new_image(transaction, row))) return Cause::kReadChanged;
    if (differs_by_nulls_only(entry, static_cast<std::size_t>(at - keys.begin()), transaction, row))
      return entry.order_dependent() ? Cause::kOrder : Cause::kNullImage;
    return Cause::kReadChanged;
  }
  if ((row.flags & wire::kRowOldComplete) != 0)
    return entry.all_columns() ? Cause::kAllColumns : Cause::kFullRow;
  return old_key ? Cause::kNoFingerprints : Cause::kNoIdentity;
}

Cause cause_of(const wire::Entry& entry, const wire::Transaction& transaction, const wire::Row& row) {
  if (row.kind == wire::RowKind::kInsert) return Cause::kInserted;
  if (row.kind == wire::RowKind::kUpdate) return cause_of_update(entry, transaction, row);
  const bool old_key = (row.flags & wire::kRowOldKey) != 0;
  if ((entry.has_fingerprints() && old_key) || (row.flags & wire::kRowOldComplete) != 0)
    return Cause::kReadDeleted;
  return old_key ? Cause::kNoFingerprints : Cause::kNoIdentity;
}

}  // namespace

const char* name_of(Cause cause) {
  static constexpr const char* kNames[kCauses] = {"table-wide change", "gave up",       "inserted",
                                                  "read, deleted",     "read, changed", "moved in",
                                                  "full old row",      "order matters", "all columns",
                                                  "null image",        "no identity",   "no fingerprints"};
  return kNames[static_cast<int>(cause)];
}

Reason reason_of(const wire::ReadSet& reads, const std::vector<wire::Transaction>& transactions) {
  if (reads.everything()) return {Cause::kEverything, 0, true};
  Reason hardest{Cause::kNoFingerprints, 0, false};
  bool found = false;
  const auto consider = [&](Cause cause, const wire::Entry& entry) {
    if (found && cause >= hardest.cause) return;
    hardest = {cause, entry.table, entry.fixed.empty() && entry.alternatives.empty()};
    found = true;
  };
  for (const wire::Transaction& transaction : transactions) {
    if (transaction.everything) return {Cause::kTable, 0, true};
    for (const wire::Entry& entry : reads.entries) {
      for (const wire::TableChange& change : transaction.tables) {
        if (change.table == entry.table) consider(Cause::kTable, entry);
      }
      for (const wire::Row& row : transaction.rows) {
        if (live::overlaps(entry, transaction, row)) consider(cause_of(entry, transaction, row), entry);
      }
    }
  }
  return hardest;
}

}  // namespace freshet::fuzz
