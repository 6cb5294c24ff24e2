#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/database.h"

namespace freshet::tools {

// What a database is like, as far as live queries depend on it. Partitions are told with the table that they
// are parts of. Lists are texts for people, in the catalog's order.
struct TableFacts {
  std::string name;  // qualified and quoted
  std::string kind;  // pg_class.relkind
  std::string persistence;
  std::string owner;
  std::int64_t rows = 0;  // as the planner believes; negative: never looked at (ANALYZE)
  std::int64_t bytes = 0;
  std::string identity;  // pg_class.relreplident
  std::string primary_key;
  std::string primary_key_type;  // when it is one column
  std::string identity_index;    // REPLICA IDENTITY USING INDEX: its columns
  std::string usable_index;      // a unique index on NOT NULL columns, that could be its identity
  int indexes = 0;
  bool row_security = false;
  bool forced = false;
  std::string policies;
  std::string triggers;
  std::string partitioned_by;
  int partitions = 0;
  int partitions_without_identity = 0;
  int children = 0;            // by inheritance
  std::string generated;       // columns
  std::string foreign_types;   // columns of types that have no JSON
  std::string unindexed_keys;  // foreign keys without an index
};

struct SequenceFacts {
  std::string name;
  std::string column;  // that it fills: table.column
  std::string type;
  std::int64_t last = 0;
};

struct ServerFacts {
  std::string version;
  std::string database;
  std::string role;
  std::string wal_level;
  std::string extension;   // version; empty: not in this database
  bool available = false;  // its files are on the server
  std::string types;       // of enum, domain and composite types: "12 enums, 3 domains"
};

struct DatabaseFacts {
  ServerFacts server;
  std::vector<TableFacts> tables;
  std::vector<SequenceFacts> sequences;
};

// In one READ ONLY transaction. `schema`: only what is in it; empty: everything but the system's, the
// extension's and other extensions' own.
std::variant<DatabaseFacts, postgres::Failure> read_facts(Database& database, const std::string& schema);

}  // namespace freshet::tools
