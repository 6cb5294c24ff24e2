#include "app/key_changes.h"

#include <algorithm>

#include "app/mutant.h"

namespace freshet::app {

bool KeyChanges::touches(const wire::Transaction& transaction) const {
  if (transaction.everything) return true;
  if (!table_) return !transaction.tables.empty() || !transaction.rows.empty();
  const auto is_keys = [this](const auto& change) { return change.table == *table_; };
  return std::any_of(transaction.tables.begin(), transaction.tables.end(), is_keys) ||
         std::any_of(transaction.rows.begin(), transaction.rows.end(), is_keys);
}

bool KeyChanges::decoded(const wire::Transaction& transaction) {
  if (mutant::kKeyChangeUnnoticed || !touches(transaction)) return false;
  pending_.insert(transaction.xid);
  return true;
}

void KeyChanges::stream_started(const wire::Snapshot& snapshot) {
  pending_.clear();
  newest_ = snapshot;
  missed_ = true;
  ++streams_;
}

void KeyChanges::confirmed(const wire::Snapshot& snapshot, std::uint64_t stream) {
  std::erase_if(pending_, [&](wire::Xid xid) { return snapshot.sees(xid); });
  if (stream == streams_) missed_ = false;
}

bool KeyChanges::shown() const {
  return missed_ ||
         std::any_of(pending_.begin(), pending_.end(), [this](wire::Xid xid) { return newest_.sees(xid); });
}

}  // namespace freshet::app
