// The SQL files of an app, read and cut into statements.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "push/problem.h"
#include "sqlfile/script.h"

namespace freshet::push {

struct SourceFile {
  std::string name;  // in its folder
  std::string path;  // as people are shown it
  std::string text;
  std::vector<sqlfile::Statement> statements;
};

struct Source {
  std::vector<SourceFile> files;   // of functions, by name
  std::vector<SourceFile> schema;  // schema.sql, or nothing
  bool empty() const { return files.empty() && schema.empty(); }
};

inline constexpr const char* kSchemaFile = "schema.sql";

// The `*.sql` of the folder itself, `*.test.sql` left out. What can't be read or is no SQL is a problem each.
std::variant<Source, std::vector<Problem>> read_source(const std::string& folder);

// A problem at a byte of the file; its statement, where one is given.
Problem problem_at(const SourceFile& file, std::size_t offset, std::string message,
                   const sqlfile::Statement* statement = nullptr);

}  // namespace freshet::push
