#pragma once

#include <string>
#include <vector>

#include "changes.h"
#include "live_query.h"
#include "matcher.h"

namespace freshet::fuzz {

// All that led to a missed update, so that it can be replayed and made smaller.
struct Scenario {
  std::vector<std::string> rows;  // statements that fill the tables
  std::vector<Change> before;     // what was committed until the query ran
  LiveQuery query;
  std::vector<Change> after;  // what was committed from then on; the last one was missed
};

// Replays the scenario without what is not needed for a miss, and prints what is left as one reproduction.
// False if the replay shows no miss.
bool print_reproduction(Database& database, ChangeStream& stream, Scenario scenario,
                        const std::vector<std::string>& identity);

}  // namespace freshet::fuzz
