#pragma once

#include <string>
#include <vector>

#include "database.h"
#include "random.h"

namespace freshet::fuzz {

// default, full, index (a unique index where the table has one to offer), nothing, mixed (each table
// another).
const std::vector<std::string>& identities();

// The statements that give the tables of schema fuzz this replica identity.
std::vector<std::string> identity_statements(Database& database, Random& random, const std::string& identity);

}  // namespace freshet::fuzz
