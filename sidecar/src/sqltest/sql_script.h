// A file of SQL as the statements that it consists of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace freshet::sqltest {

struct Statement {
  std::string text;                   // without its semicolon and what stands before it
  int line = 0;                       // of its first word, from 1
  std::vector<std::string> comments;  // the lines `-- …` directly above it, without the dashes
};

// Cuts at the semicolons that end statements: not at those in quotes, dollar quotes, comments, parentheses or
// BEGIN ATOMIC bodies. An error names the line of what is not closed.
base::Result<std::vector<Statement>> split_sql(std::string_view script);

// The first word of a statement, in upper case.
std::string first_word(std::string_view statement);

}  // namespace freshet::sqltest
