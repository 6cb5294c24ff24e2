#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "postgres/connection.h"
#include "postgres/failure.h"
#include "postgres/notice.h"

struct pg_conn;

namespace freshet::tools {

// One blocking session of the database, for commands. It hears notices, in the order in which they come.
class Database {
 public:
  using Listener = std::function<void(const postgres::Notice&)>;
  using Parameters = std::vector<std::optional<std::string>>;

  struct Options {
    std::string url;
    std::string application_name;
    std::chrono::milliseconds connect_timeout{5000};
    std::chrono::milliseconds statement_timeout{0};  // 0: none
    std::string settings;                            // further `-c name=value`
  };
  static std::variant<std::unique_ptr<Database>, postgres::Failure> open(const Options& options,
                                                                         Listener listener = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One statement with text parameters and text results.
  std::variant<postgres::Rows, postgres::Failure> ask(const std::string& sql,
                                                      const Parameters& parameters = {});
  std::optional<postgres::Failure> command(const std::string& sql);

 private:
  explicit Database(pg_conn* connection, Listener listener);

  pg_conn* connection_;
  Listener listener_;
};

}  // namespace freshet::tools
