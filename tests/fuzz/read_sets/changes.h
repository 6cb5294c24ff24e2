#pragma once

#include <string>
#include <vector>

#include "random.h"
#include "tables.h"

namespace freshet::fuzz {

// One random transaction that changes rows of schema fuzz: one statement or several, now and then with a
// savepoint that is rolled back. A statement may fail: then the transaction changes nothing. COPY comes as
// its statement, a line feed, and the lines.
using Change = std::vector<std::string>;
Change random_change(Random& random, Theme theme);

// Fills the tables anew, statement by statement.
std::vector<std::string> initial_rows(Random& random);

std::string text_of(const Change& change);

}  // namespace freshet::fuzz
