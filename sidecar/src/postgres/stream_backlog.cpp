#include "postgres/stream_backlog.h"

#include <set>

namespace freshet::postgres {
namespace {

void drop_rows(wire::Transaction& transaction) {
  std::vector<wire::Row>().swap(transaction.rows);
  std::vector<wire::Column>().swap(transaction.columns);
  std::string().swap(transaction.order_bytes);
}

void rows_to_tables(wire::Transaction& transaction) {
  std::set<wire::TableId> tables;
  for (const wire::Row& row : transaction.rows) tables.insert(row.table);
  for (const wire::TableChange& change : transaction.tables) tables.erase(change.table);
  for (const wire::TableId table : tables)
    transaction.tables.push_back({table, wire::TableReason::kTooManyChanges});
  drop_rows(transaction);
}

}  // namespace

bool StreamBacklog::put(wire::Transaction& transaction, std::size_t* bytes) {
  const std::size_t before = outstanding_;
  if (before >= bounds_.give_up) return false;
  if (before >= bounds_.collapse_tables) {
    drop_rows(transaction);
    std::vector<wire::TableChange>().swap(transaction.tables);
    transaction.everything = true;
    ++collapsed_;
  } else if (before >= bounds_.collapse_rows && !transaction.rows.empty()) {
    rows_to_tables(transaction);
    ++collapsed_;
  }
  *bytes = transaction.bytes();
  outstanding_ += *bytes;
  return true;
}

}  // namespace freshet::postgres
