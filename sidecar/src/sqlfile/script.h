// A file of SQL as the statements that it consists of.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sqlfile/lexer.h"

namespace freshet::sqlfile {

struct Statement {
  std::string text;                   // without its semicolon and what stands before it
  std::size_t offset = 0;             // of its first word, in bytes of the file
  int line = 0;                       // of its first word, from 1
  std::vector<std::string> comments;  // the lines `-- …` directly above it, without the dashes
  std::vector<Token> tokens;          // without comments; their places are those in `text`

  // The n-th token's value (sqlfile/lexer.h); empty past the end.
  std::string value(std::size_t n) const;
  // Whether the n-th token is this unquoted word or symbol; `word` in lower case.
  bool is(std::size_t n, std::string_view word) const;
};

// Why a text is no SQL.
struct Problem {
  std::size_t offset = 0;
  int line = 0;
  std::string message;
};

// Cuts where the server's grammar ends statements: at semicolons that are not in quotes, dollar quotes,
// comments, parentheses or BEGIN ATOMIC bodies. Commands of psql are a problem.
std::variant<std::vector<Statement>, Problem> split_script(std::string_view script);

// Where a byte of the text is, both from 1; columns count characters of UTF-8.
struct Place {
  int line = 1;
  int column = 1;
};
Place place_of(std::string_view text, std::size_t offset);

// The byte at which the n-th character (from 1) of UTF-8 text begins, as the server counts positions.
std::size_t byte_of_character(std::string_view text, int n);

}  // namespace freshet::sqlfile
