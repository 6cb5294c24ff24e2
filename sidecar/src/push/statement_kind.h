// What a statement of a function file is for, read from its words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sqlfile/script.h"

namespace freshet::push {

// CREATE [OR REPLACE] FUNCTION | PROCEDURE.
struct FunctionHead {
  std::string schema;  // empty: none is written
  std::string name;
  bool replaces = false;       // it says OR REPLACE
  std::size_t create_end = 0;  // bytes of the statement's text, behind CREATE
  std::size_t name_begin = 0;  // of schema and name
  std::size_t name_end = 0;
  std::size_t body_begin = 0;  // of what stands between the dollar quotes (or quotes) of the body
  std::size_t body_end = 0;    // equal: it has none
  std::string body_quote;      // what the body's text is quoted with
};
// Nothing where the statement creates something else.
std::optional<FunctionHead> function_head(const sqlfile::Statement& statement);

enum class StatementKind {
  kFunction,    // function_head() knows it
  kSearchPath,  // SET search_path, for what follows in the file
  kExposure,    // SELECT freshet.expose(…) and its like, and nothing else: doing it twice is doing it once
  kSelect,      // any other SELECT; run after the definitions
  kDefinition   // grants, comments, views, triggers, …
};
StatementKind kind_of(const sqlfile::Statement& statement);

// Why the statement may not be in a file that is applied again and again, and what to do.
struct Refusal {
  std::string message;
  std::string remedy;
};
// `earlier`: the file's statements above it, which may have dropped what it creates.
std::optional<Refusal> refusal_of(const sqlfile::Statement& statement,
                                  const std::vector<const sqlfile::Statement*>& earlier);

// The same for schema.sql, which declares what there is to be.
std::optional<Refusal> schema_refusal_of(const sqlfile::Statement& statement);

}  // namespace freshet::push
