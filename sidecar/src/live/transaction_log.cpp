#include "live/transaction_log.h"

#include <algorithm>
#include <map>

#include "live/mutant.h"

namespace freshet::live {
namespace {

// Rows become table-wide changes.
void widen_to_tables(wire::Transaction& transaction) {
  std::map<wire::TableId, wire::TableReason> tables;
  for (const wire::TableChange& change : transaction.tables) tables.try_emplace(change.table, change.reason);
  if (!mutant::kCollapseTruncates) {
    for (const wire::Row& row : transaction.rows)
      tables.try_emplace(row.table, wire::TableReason::kTooManyChanges);
  }
  transaction.rows = {};
  transaction.columns = {};
  transaction.order_bytes = {};
  transaction.tables.clear();
  for (const auto& [table, reason] : tables) transaction.tables.push_back({table, reason});
}

}  // namespace

Logged& TransactionLog::append(wire::Transaction transaction, std::uint64_t& collapses) {
  auto logged = std::make_unique<Logged>();
  logged->transaction = std::move(transaction);
  logged->transaction.subxids = {};
  bytes_ += logged->transaction.bytes();
  Logged& at = *logged;
  entries_.push_back(std::move(logged));
  pending_.push_back(&at);
  if (bytes_ > limits_.max_log_bytes) collapse(collapses);
  return at;
}

void TransactionLog::collapse(std::uint64_t& collapses) {
  ++collapses;
  bytes_ = 0;
  for (const auto& entry : entries_) {
    widen_to_tables(entry->transaction);
    bytes_ += entry->transaction.bytes();
  }
  // Half, so that the next one does not begin all over.
  if (bytes_ <= limits_.max_log_bytes / 2) return;
  bytes_ = 0;
  for (const auto& entry : entries_) {
    entry->transaction.everything = entry->transaction.everything || !entry->transaction.tables.empty();
    entry->transaction.tables = {};
    bytes_ += entry->transaction.bytes();
  }
}

void TransactionLog::drop_seen_by(EpochNumber epoch) {
  std::erase_if(entries_, [&](const std::unique_ptr<Logged>& entry) {
    if (entry->seen_from > epoch) return false;
    bytes_ -= entry->transaction.bytes();
    return true;
  });
}

void TransactionLog::clear() {
  entries_.clear();
  pending_.clear();
  bytes_ = 0;
}

void TransactionLog::each(const std::function<void(Logged&)>& visit) {
  for (const auto& entry : entries_) visit(*entry);
}

void TransactionLog::settle_one(Logged& logged, EpochNumber epoch) {
  logged.seen_from = epoch;
  logged.tested = true;
  std::erase(pending_, &logged);
}

std::vector<Logged*> TransactionLog::settle(EpochNumber epoch,
                                            const std::function<bool(const Logged&)>& visible) {
  std::vector<Logged*> settled;
  std::erase_if(pending_, [&](Logged* logged) {
    logged->tested = true;
    if (!visible(*logged)) return false;
    logged->seen_from = epoch;
    settled.push_back(logged);
    return true;
  });
  return settled;
}

}  // namespace freshet::live
