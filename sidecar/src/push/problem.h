// What stands in the way of a push, with its place in the files.
#pragma once

#include <string>

namespace freshet::push {

struct Problem {
  std::string file;  // empty: of no file
  int line = 0;
  int column = 0;
  std::string source_line;
  std::string statement;  // its first line
  std::string sqlstate;
  std::string message;
  std::string detail;
  std::string hint;
  std::string context;
};

// For people: "file:line:column: error: message [SQLSTATE]", the line with a mark below, and the rest.
std::string text_of(const Problem& problem, const char* severity = "error");

}  // namespace freshet::push
