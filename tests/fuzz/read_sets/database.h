#pragma once

#include <string>
#include <vector>

#include <libpq-fe.h>

namespace freshet::fuzz {

// One connection.
class Database {
 public:
  explicit Database(const std::string& connect);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Throws what the server says: the fuzz itself provokes no error here.
  using Rows = std::vector<std::vector<std::string>>;
  Rows query(const std::string& sql);

  // False if it failed: the error is thrown away.
  bool attempt(const std::string& sql);

  // One transaction of these statements; false if one of them failed and all were undone. A statement "COPY
  // ... FROM STDIN", line feed, query copies the rows of that query.
  bool transact(const std::vector<std::string>& statements);

 private:
  bool copy(const std::string& statement);

  PGconn* connection_;
};

std::string unhex(const std::string& text);  // bytea output
std::string hex(const std::string& bytes);   // bytea input
std::string quoted(const std::string& text);

}  // namespace freshet::fuzz
