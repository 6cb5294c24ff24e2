#include "live/index.h"

#include "live/mutant.h"

namespace freshet::live {

void Index::each_placement(const wire::Entry& entry,
                           const std::function<void(const Placement&, std::uint32_t)>& visit) {
  if (entry.alternatives.empty()) {
    if (const auto placement = place(entry, nullptr)) visit(*placement, 0);
    return;
  }
  for (std::uint32_t i = 0; i < entry.alternatives.size(); ++i) {
    if (const auto placement = place(entry, &entry.alternatives[i])) visit(*placement, i);
  }
}

Index::Handle Index::insert(Owner owner, const wire::ReadSet& read_set) {
  Handle handle;
  ++everyone_[owner];
  if (seen_.size() <= owner) seen_.resize(owner + 1, 0);
  if (read_set.everything()) {
    ++everything_[owner];
    handle.push_back(kEverythingHandle);
    return handle;
  }
  for (const wire::Entry& entry : read_set.entries) {
    std::uint32_t id;
    if (free_.empty()) {
      id = static_cast<std::uint32_t>(held_.size());
      held_.emplace_back();
    } else {
      id = free_.back();
      free_.pop_back();
    }
    held_[id] = {owner, &entry, 0};
    insert_entry(id);
    handle.push_back(id);
  }
  return handle;
}

void Index::insert_entry(std::uint32_t id) {
  const wire::Entry& entry = *held_[id].entry;
  Table& table = tables_[entry.table];
  held_[id].place_in_table = table.entries.size();
  table.entries.push_back(id);
  for (const wire::Hash128& key : entry.fingerprints.keys) table.prints.insert(key, id);
  each_placement(entry, [&](const Placement& placement, std::uint32_t alternative) {
    const auto [at, fresh] = table.by_key.try_emplace(placement.shape.text(), nullptr);
    if (fresh) {
      table.shapes.push_back(std::make_unique<Shape>(placement.shape));
      at->second = table.shapes.back().get();
    }
    at->second->insert(placement, {id, alternative});
  });
}

void Index::erase(Owner owner, const Handle& handle) {
  const auto drop = [](auto& counts, Owner key) {
    if (const auto at = counts.find(key); at != counts.end() && --at->second == 0) counts.erase(at);
  };
  drop(everyone_, owner);
  for (std::uint32_t id : handle) {
    if (id == kEverythingHandle) {
      drop(everything_, owner);
    } else {
      erase_entry(id);
      held_[id] = {};
      free_.push_back(id);
    }
  }
}

void Index::erase_entry(std::uint32_t id) {
  const wire::Entry& entry = *held_[id].entry;
  const auto table_at = tables_.find(entry.table);
  Table& table = table_at->second;
  const std::size_t place = held_[id].place_in_table;
  table.entries[place] = table.entries.back();
  held_[table.entries[place]].place_in_table = place;
  table.entries.pop_back();
  for (const wire::Hash128& key : entry.fingerprints.keys) table.prints.erase(key, id);
  each_placement(entry, [&](const Placement& placement, std::uint32_t alternative) {
    const auto at = table.by_key.find(placement.shape.text());
    Shape* shape = at->second;
    shape->erase(placement, {id, alternative});
    if (!shape->empty()) return;
    table.by_key.erase(at);
    std::erase_if(table.shapes, [&](const auto& owned) { return owned.get() == shape; });
  });
  if (table.entries.empty()) tables_.erase(table_at);
}

bool Index::first_time(Owner owner) {
  if (seen_[owner] == round_) return false;
  seen_[owner] = round_;
  return true;
}

void Index::match(const wire::Transaction& transaction, const std::function<void(const Hit&)>& visit) {
  ++round_;
  const auto report = [&](Hit hit) {
    if (first_time(hit.owner)) visit(hit);
  };
  if (transaction.everything) {
    for (const auto& [owner, count] : everyone_)
      report({owner, 0, Hit::By::kEverything, false, nullptr, nullptr, 0});
    return;
  }
  for (const auto& [owner, count] : everything_)
    report({owner, 0, Hit::By::kEverything, false, nullptr, nullptr, 0});
  for (const wire::TableChange& change : transaction.tables) {
    const auto at = tables_.find(change.table);
    if (at == tables_.end()) continue;
    for (std::uint32_t id : at->second.entries)
      report({held_[id].owner, change.table, Hit::By::kTable, false, nullptr, nullptr, 0});
  }
  for (const wire::Row& row : transaction.rows) match_row(transaction, row, report);
}

void Index::match_row(const wire::Transaction& transaction, const wire::Row& row, const Each& report) {
  const auto at = tables_.find(row.table);
  if (at == tables_.end()) return;
  Table& table = at->second;
  const bool has_new = row.kind != wire::RowKind::kDelete;
  const bool has_old = row.kind != wire::RowKind::kInsert && !mutant::kIndexSkipsOldRow;
  const bool old_key = (row.flags & wire::kRowOldKey) != 0;

  const auto judge = [&](Posting posting, bool unknown, const RowImage& image) {
    const Held& held = held_[posting.entry];
    if (seen_[held.owner] == round_) return;
    const wire::Entry& entry = *held.entry;
    if (!may_match(entry.fixed, image)) return;
    if (!entry.alternatives.empty() && !may_match(entry.alternatives[posting.alternative], image)) return;
    if (spared(entry, transaction, row)) return;
    report({held.owner, row.table, Hit::By::kRow, unknown, &row, &entry, posting.alternative});
  };

  // Views made while looking a row up do not change the list of shapes.
  for (const auto& shape : table.shapes) {
    const ShapeKey& key = shape->key();
    if (row.kind == wire::RowKind::kUpdate && !key.all_columns &&
        (!key.order_dependent || mutant::kOrderIgnored)) {
      if (leaves_columns(key.used, key.fingerprints, transaction, row)) continue;
    }
    if (has_new) {
      const RowImage image = new_image(transaction, row);
      shape->candidates(image, [&](Posting posting, bool unknown) { judge(posting, unknown, image); });
    }
    if (has_old && !(key.fingerprints && old_key)) {
      const RowImage image = old_image(transaction, row);
      shape->candidates(image, [&](Posting posting, bool unknown) { judge(posting, unknown, image); });
    }
  }
  if (!has_old || !old_key) return;
  table.prints.find(row.old_key, [&](std::uint32_t id) {
    const Held& held = held_[id];
    if (seen_[held.owner] != round_ && overlaps(*held.entry, transaction, row))
      report({held.owner, row.table, Hit::By::kRow, false, &row, held.entry, Hit::kByFingerprint});
  });
}

}  // namespace freshet::live
