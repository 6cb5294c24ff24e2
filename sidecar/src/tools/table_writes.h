#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "tools/database.h"

namespace freshet::tools {

// Rows of one table that a transaction has written so far, whatever wrote them: the function, its triggers,
// cascades. As PostgreSQL counts (track_counts): what a savepoint took back is counted too, a TRUNCATE is
// not.
struct TableWrites {
  std::int64_t inserted = 0;
  std::int64_t updated = 0;
  std::int64_t deleted = 0;
};
using Writes = std::map<std::string, TableWrites>;  // by `schema.table`; partitions by themselves

// All that this session counts and has not yet passed on: what an earlier transaction did may be among it.
std::variant<Writes, postgres::Failure> count_writes(Database& database);

// What came in between.
Writes writes_since(const Writes& before, const Writes& after);

// "app.note: 1 inserted, 2 updated".
std::vector<std::string> writes_lines(const Writes& writes);
// [{"table", "inserted", "updated", "deleted"}]
std::string writes_json(const Writes& writes);

}  // namespace freshet::tools
