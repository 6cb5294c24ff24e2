#pragma once

#include <string>
#include <vector>

#include "database.h"
#include "shapes/shapes.h"
#include "wire/read_set.h"

namespace freshet::fuzz {

struct Run {
  std::string result;
  std::string taken;  // of a loop: the rows in the order in which it gave them
  std::string bytes;
  wire::ReadSet reads;
};

// How a shape is brought to run.
enum class Form {
  kConstants,   // a statement with constants
  kVariables,   // RETURN QUERY of a PL/pgSQL function, the values being its variables
  kParameters,  // a SQL function, the values being its parameters
  kLoop,        // FOR ... LOOP of a PL/pgSQL function
  kEarlyExit    // such a loop that is left after some rows
};
inline constexpr int kForms = 5;
const char* name_of(Form form);

struct LiveQuery {
  std::string shape;
  Group group = Group::kOther;
  Form form = Form::kConstants;
  Order order = Order::kAny;
  bool reader = false;
  int user = 0;
  std::string function;  // the statement that creates what it calls, if anything
  std::string text;
  std::string setting;
  Run run;
};

// `serial` names the function of this query. Creates it, or falls back to constants if the server refuses it.
LiveQuery random_query(Database& database, Random& random, const Shape& shape, int serial);

// Runs that see one snapshot: begin_runs, track ..., end_runs. As in a batch of the gateway, they share a
// transaction, and each one's settings end with it.
void begin_runs(Database& database);
Run track(Database& database, const LiveQuery& query);
void end_runs(Database& database);

}  // namespace freshet::fuzz
