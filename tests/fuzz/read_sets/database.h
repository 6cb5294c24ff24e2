#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "wire/assembler.h"

namespace freshet::fuzz {

// One connection. Any error of a statement ends the program: the fuzz provokes none outside of tracked runs.
class Database {
 public:
  explicit Database(const std::string& connect);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  using Rows = std::vector<std::vector<std::string>>;
  Rows query(const std::string& sql);

 private:
  PGconn* connection_;
};

std::string unhex(const std::string& text);  // bytea output

// A temporary slot with the extension's output plugin, read through SQL. Every read announces all tables of schema fuzz.
class ChangeStream {
 public:
  explicit ChangeStream(Database& database);
  // To be called before each change: interest is empty at the start of each read.
  void announce();
  std::vector<wire::Transaction> read();

 private:
  Database& database_;
  std::string announcement_;  // bytea text
};

}  // namespace freshet::fuzz
