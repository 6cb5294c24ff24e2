#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sqlfile/script.h"

namespace freshet::push {

// One statement that changes tables.
struct SchemaStep {
  std::string sql;
  std::string harm;  // what it destroys or loosens: "data", "row security"; empty: nothing
};

// A statement of a diff tool, which writes one of a kind each.
SchemaStep schema_step(std::string sql);

// What DROP names, for asking whether the function files define it: kind in lower case ("view", "schema",
// "trigger", "policy", …), and the name as it is written; `table` of triggers and policies.
struct Dropped {
  std::string kind;
  std::string name;
  std::string table;
};
Dropped dropped_by(const sqlfile::Statement& statement);

// What a diff tool does not see, so that the statement itself has to be run again: comments, rights, owners,
// replica identities. True for statements that may be run any number of times.
bool is_beyond_diff(const sqlfile::Statement& statement);
// What neither a diff tool sees nor may be run again; the word for it ("DOMAIN"), or empty.
std::string unknown_to_diff(const sqlfile::Statement& statement);

}  // namespace freshet::push
