#pragma once

#include <functional>
#include <set>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "postgres/worker_pool.h"
#include "wire/transaction.h"

namespace freshet::app {

// What tables and columns are called, for people: the gateway itself knows numbers only. What was dropped
// since stays a number.
class RelationNames {
 public:
  std::string table(wire::TableId table) const;
  std::string column(wire::TableId table, wire::Attnum attnum) const;

  // Asks the database; `done` gets what it could tell, on a worker's thread or at once, exactly once.
  static void look_up(postgres::WorkerPool& pool, std::set<wire::TableId> tables,
                      std::function<void(RelationNames)> done);

 private:
  struct Table {
    std::string name;
    std::unordered_map<wire::Attnum, std::string> columns;
  };
  std::unordered_map<wire::TableId, Table> tables_;
};

}  // namespace freshet::app
