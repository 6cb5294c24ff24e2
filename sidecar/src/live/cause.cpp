#include "live/cause.h"

#include <algorithm>

#include "live/index.h"
#include "live/overlaps.h"

namespace freshet::live {
namespace {

// The image of the column in the row that the query had returned; null: not known.
const wire::Hash128* seen_image(const wire::Entry& entry, const wire::Row& row, wire::Attnum attnum) {
  const wire::Fingerprints& prints = entry.fingerprints;
  if ((row.flags & wire::kRowOldKey) == 0) return nullptr;
  const auto key = std::find(prints.keys.begin(), prints.keys.end(), row.old_key);
  const auto column = std::find(prints.columns.begin(), prints.columns.end(), attnum);
  if (key == prints.keys.end() || column == prints.columns.end()) return nullptr;
  const auto place = static_cast<std::size_t>(key - prints.keys.begin()) * prints.columns.size() +
                     static_cast<std::size_t>(column - prints.columns.begin());
  return place < prints.images.size() ? &prints.images[place] : nullptr;
}

std::vector<wire::Attnum> changed_columns(const wire::Entry& entry, const wire::Transaction& transaction,
                                          const wire::Row& row) {
  std::vector<wire::Attnum> changed;
  for (const wire::Column& column : transaction.new_tuple(row)) {
    if (unchanged(std::span(&column.attnum, 1), transaction, row)) continue;
    const wire::Hash128* seen = seen_image(entry, row, column.attnum);
    const bool known = column.state == wire::ValueState::kKnown && (column.parts & wire::kPartImage) != 0;
    if (seen == nullptr || !known || !(*seen == column.image)) changed.push_back(column.attnum);
  }
  return changed;
}

void add_conditions(wire::Conjunction& into, const wire::Conjunction& conditions) {
  for (const wire::Atom& atom : conditions) {
    into.push_back(atom);
    if (atom.kind == wire::AtomKind::kIn) into.back().hashes.clear();
    into.back().expression.clear();
  }
}

std::shared_ptr<const RowCause> row_cause(const wire::Entry& entry, const wire::Conjunction* alternative,
                                          bool returned, const wire::Transaction& transaction,
                                          const wire::Row& row) {
  auto cause = std::make_shared<RowCause>();
  cause->kind = row.kind;
  if (row.kind == wire::RowKind::kUpdate) cause->changed = changed_columns(entry, transaction, row);
  cause->returned = returned;
  cause->order_dependent = entry.order_dependent();
  if (returned) return cause;
  add_conditions(cause->matched, entry.fixed);
  if (alternative != nullptr) add_conditions(cause->matched, *alternative);
  return cause;
}

Cause table_cause(const wire::Transaction& transaction, wire::TableId table) {
  Cause cause(Cause::Kind::kTable, transaction);
  cause.table = table;
  for (const wire::TableChange& change : transaction.tables) {
    if (change.table == table) cause.reason = change.reason;
  }
  return cause;
}

// The alternative that the row meets; null where there is none to meet.
const wire::Conjunction* met_alternative(const wire::Entry& entry, const wire::Transaction& transaction,
                                         const wire::Row& row) {
  for (const wire::Conjunction& alternative : entry.alternatives) {
    if (row.kind != wire::RowKind::kDelete && may_match(alternative, new_image(transaction, row)))
      return &alternative;
    if (row.kind != wire::RowKind::kInsert && may_match(alternative, old_image(transaction, row)))
      return &alternative;
  }
  return nullptr;
}

}  // namespace

Cause cause_of(const Hit& hit, const wire::Transaction& transaction) {
  if (hit.by == Hit::By::kEverything) return Cause(Cause::Kind::kEverything, transaction);
  if (hit.by == Hit::By::kTable) return table_cause(transaction, hit.table);
  Cause cause(Cause::Kind::kRow, transaction);
  cause.table = hit.table;
  cause.unknown_value = hit.unknown;
  const bool returned = hit.alternative == Hit::kByFingerprint;
  const wire::Conjunction* alternative = nullptr;
  if (!returned && hit.alternative < hit.entry->alternatives.size())
    alternative = &hit.entry->alternatives[hit.alternative];
  cause.row = row_cause(*hit.entry, alternative, returned, transaction, *hit.row);
  return cause;
}

Cause cause_of(const wire::ReadSet& read_set, const wire::Transaction& transaction) {
  if (transaction.everything || read_set.everything()) return Cause(Cause::Kind::kEverything, transaction);
  for (const wire::Entry& entry : read_set.entries) {
    for (const wire::TableChange& change : transaction.tables) {
      if (change.table == entry.table) return table_cause(transaction, entry.table);
    }
    for (const wire::Row& row : transaction.rows) {
      if (row.table != entry.table || !overlaps(entry, transaction, row)) continue;
      Cause cause(Cause::Kind::kRow, transaction);
      cause.table = entry.table;
      cause.row = row_cause(entry, met_alternative(entry, transaction, row), false, transaction, row);
      return cause;
    }
  }
  return Cause(Cause::Kind::kEverything, transaction);
}

}  // namespace freshet::live
