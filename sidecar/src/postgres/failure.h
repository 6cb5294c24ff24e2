#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/sqlstate.h"

struct pg_result;

namespace freshet::postgres {

// What a statement, or one call inside a statement, failed with. An empty `sqlstate` means that libpq lost
// the connection.
struct Failure {
  std::string sqlstate;
  std::string message;
  std::string detail;
  std::string table;
  std::string column;
  std::string constraint;
  std::string context;
  std::string hint;
  int position = 0;            // of the character in the statement, from 1; 0: not known
  std::string internal_query;  // the text inside of a function that it is about
  int internal_position = 0;   // in that
  std::string data;            // raw JSON of freshet.fail, or empty
  std::string problems;        // raw JSON array of invalid arguments, or empty
  std::string violation;       // raw JSON object of a violated constraint, or empty

  base::AfterFailure after() const { return base::sqlstate_info(sqlstate).after; }
};

Failure connection_lost(std::string message);
Failure failure_of(const pg_result* result);
// The error object that freshet.call and freshet.run_queries return (docs/sql-interface.md "error").
Failure parse_failure(std::string_view json);

// What a client may know of it: our own refusals (class RF) word for word, the names of constraint, table,
// columns and arguments of violations; whatever else Postgres said can hold other people's data and stays
// here. An `internal` error gets `id`.
base::Error to_error(const Failure& failure, std::string_view id);

// The same for a developer, who is told why something is `internal`: details {sqlstate, message, detail?,
// hint?, context?, notices?}. `notices` is JSON text or empty.
base::Error to_developer_error(const Failure& failure, std::string_view id, const std::string& notices);

// Everything, on one line, for the log.
std::string describe(const Failure& failure);

}  // namespace freshet::postgres
