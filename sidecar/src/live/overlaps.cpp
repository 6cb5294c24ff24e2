#include "live/overlaps.h"

#include <algorithm>
#include <cstring>

#include "live/mutant.h"

namespace freshet::live {
namespace {

using wire::ValueState;

const wire::Column* find_column(std::span<const wire::Column> columns, wire::Attnum attnum) {
  const auto at = std::lower_bound(
      columns.begin(), columns.end(), attnum,
      [](const wire::Column& column, wire::Attnum wanted) { return column.attnum < wanted; });
  return at != columns.end() && at->attnum == attnum ? &*at : nullptr;
}

bool is_known(const wire::Column* column) {
  return column != nullptr && (column->state == ValueState::kNull || column->state == ValueState::kKnown);
}

bool in_range(const wire::Atom& atom, std::string_view key) {
  if ((atom.range_flags & wire::kRangeHasLo) != 0) {
    const int order = key.compare(atom.lo);
    if (order < 0 || (order == 0 && (atom.range_flags & wire::kRangeLoInclusive) == 0)) return false;
  }
  if ((atom.range_flags & wire::kRangeHasHi) != 0) {
    const int order = key.compare(atom.hi);
    if (order > 0 || (order == 0 && (atom.range_flags & wire::kRangeHiInclusive) == 0)) return false;
  }
  return true;
}

// Position of the key among the fingerprints, or npos.
std::size_t print_of(const wire::Fingerprints& prints, const wire::Hash128& key) {
  const auto less = [](const wire::Hash128& a, const wire::Hash128& b) {
    return std::memcmp(a.bytes, b.bytes, sizeof a.bytes) < 0;
  };
  const auto at = std::lower_bound(prints.keys.begin(), prints.keys.end(), key, less);
  if (at == prints.keys.end() || !(*at == key)) return std::string::npos;
  return static_cast<std::size_t>(at - prints.keys.begin());
}

bool has_key(const wire::Row& row, wire::RowFlag flag) { return (row.flags & flag) != 0; }

bool same_key(const wire::Row& row) {
  return has_key(row, wire::kRowOldKey) && has_key(row, wire::kRowNewKey) && row.old_key == row.new_key;
}

// The new row has the images that the run saw.
bool equals_print(const wire::Entry& entry, std::size_t print, const wire::Transaction& transaction,
                  const wire::Row& row) {
  const wire::Fingerprints& prints = entry.fingerprints;
  const auto columns = transaction.new_tuple(row);
  for (wire::Attnum attnum : entry.columns) {
    const wire::Column* column = find_column(columns, attnum);
    if (column == nullptr) return false;
    if (column->state == ValueState::kUnchanged) continue;
    const bool null = column->state == ValueState::kNull;
    if (!null && (column->state != ValueState::kKnown || (column->parts & wire::kPartImage) == 0))
      return false;
    const auto at = std::lower_bound(prints.columns.begin(), prints.columns.end(), attnum);
    if (at == prints.columns.end() || *at != attnum) return false;
    const std::size_t position = static_cast<std::size_t>(at - prints.columns.begin());
    const wire::Hash128& seen = prints.images[print * prints.columns.size() + position];
    if (!(seen == (null ? wire::kNullImage : column->image))) return false;
  }
  return true;
}

bool matches_side(const wire::Entry& entry, const RowImage& image) {
  if (!may_match(entry.fixed, image)) return false;
  if (entry.alternatives.empty()) return true;
  return std::any_of(entry.alternatives.begin(), entry.alternatives.end(),
                     [&](const wire::Conjunction& alternative) { return may_match(alternative, image); });
}

}  // namespace

RowImage old_image(const wire::Transaction& transaction, const wire::Row& row) {
  return {&transaction, transaction.old_tuple(row), {}};
}

RowImage new_image(const wire::Transaction& transaction, const wire::Row& row) {
  return {&transaction, transaction.new_tuple(row), transaction.old_tuple(row)};
}

const wire::Column* known_column(const RowImage& image, wire::Attnum attnum) {
  const wire::Column* column = find_column(image.columns, attnum);
  if (column != nullptr && column->state == ValueState::kUnchanged)
    column = find_column(image.previous, attnum);
  return is_known(column) ? column : nullptr;
}

bool may_match(const wire::Atom& atom, const RowImage& image) {
  if (atom.kind == wire::AtomKind::kNever) return false;
  if (atom.kind == wire::AtomKind::kIn && atom.hashes.empty()) return false;
  const wire::Column* column = known_column(image, atom.attnum);
  if (column == nullptr) return !mutant::kUnknownDoesNotMatch;
  const bool null = column->state == ValueState::kNull;
  switch (atom.kind) {
    case wire::AtomKind::kIsNull:
      return null;
    case wire::AtomKind::kIsNotNull:
      return !null;
    case wire::AtomKind::kEq:
    case wire::AtomKind::kIn:
      if (null) return false;
      if ((column->parts & wire::kPartEq) == 0) return true;
      return std::binary_search(atom.hashes.begin(), atom.hashes.end(), column->eq);
    case wire::AtomKind::kRange:
      if (null) return (atom.range_flags & wire::kRangeNullMatches) != 0;
      if ((column->parts & wire::kPartOrder) == 0) return true;
      return in_range(atom, image.transaction->order(*column));
    case wire::AtomKind::kTest:
      if (null) return false;
      return (column->parts & wire::kPartEq) == 0 || column->eq != 0;
    case wire::AtomKind::kNever:
      return false;
  }
  return true;
}

bool may_match(const wire::Conjunction& conjunction, const RowImage& image) {
  return std::all_of(conjunction.begin(), conjunction.end(),
                     [&](const wire::Atom& atom) { return may_match(atom, image); });
}

bool unchanged(std::span<const wire::Attnum> used, const wire::Transaction& transaction,
               const wire::Row& row) {
  const auto before = transaction.old_tuple(row);
  const auto after = transaction.new_tuple(row);
  for (wire::Attnum attnum : used) {
    const wire::Column* now = find_column(after, attnum);
    if (now == nullptr) return false;
    if (now->state == ValueState::kUnchanged) continue;
    const wire::Column* was = find_column(before, attnum);
    if (!is_known(now) || !is_known(was)) return false;
    if (now->state != was->state) return false;
    if (now->state == ValueState::kNull) continue;
    const bool images = (now->parts & was->parts & wire::kPartImage) != 0;
    if (mutant::kEqualityForImage && (now->parts & was->parts & wire::kPartEq) != 0 && now->eq == was->eq)
      continue;
    if (!images || !(now->image == was->image)) return false;
  }
  return true;
}

bool leaves_columns(std::span<const wire::Attnum> used, bool fingerprints,
                    const wire::Transaction& transaction, const wire::Row& row) {
  if (fingerprints && !same_key(row) && !mutant::kKeyChangeSpared) return false;
  return unchanged(used, transaction, row);
}

bool contains_key(const wire::Fingerprints& fingerprints, const wire::Hash128& key) {
  return print_of(fingerprints, key) != std::string::npos;
}

bool spared(const wire::Entry& entry, const wire::Transaction& transaction, const wire::Row& row) {
  if (row.kind != wire::RowKind::kUpdate) return false;
  if (entry.order_dependent() && !mutant::kOrderIgnored) return false;
  if (entry.all_columns()) return false;
  if (leaves_columns(entry.columns, entry.has_fingerprints(), transaction, row)) return true;
  if (!entry.has_fingerprints() || !same_key(row)) return false;
  const std::size_t print = print_of(entry.fingerprints, row.new_key);
  return print != std::string::npos && equals_print(entry, print, transaction, row);
}

bool overlaps(const wire::Entry& entry, const wire::Transaction& transaction, const wire::Row& row) {
  if (entry.table != row.table) return false;
  const bool has_new = row.kind != wire::RowKind::kDelete;
  const bool has_old = row.kind != wire::RowKind::kInsert;
  const bool new_matches = has_new && matches_side(entry, new_image(transaction, row));
  const bool order_matters = entry.order_dependent() && !mutant::kOrderIgnored;
  if (row.kind == wire::RowKind::kUpdate && !entry.all_columns() && !order_matters &&
      leaves_columns(entry.columns, entry.has_fingerprints(), transaction, row)) {
    return false;
  }
  if (new_matches) return !spared(entry, transaction, row);
  if (!has_old) return false;
  // Without an old key nothing says which row it was: then the old side is judged like any other.
  if (entry.has_fingerprints() && has_key(row, wire::kRowOldKey))
    return contains_key(entry.fingerprints, row.old_key);
  return matches_side(entry, old_image(transaction, row));
}

bool overlaps(const wire::ReadSet& read_set, const wire::Transaction& transaction) {
  if (transaction.everything || read_set.everything()) return true;
  for (const wire::Entry& entry : read_set.entries) {
    for (const wire::TableChange& change : transaction.tables) {
      if (change.table == entry.table) return true;
    }
    for (const wire::Row& row : transaction.rows) {
      if (overlaps(entry, transaction, row)) return true;
    }
  }
  return false;
}

}  // namespace freshet::live
