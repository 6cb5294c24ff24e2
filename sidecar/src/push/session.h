#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "postgres/failure.h"
#include "postgres/notice.h"
#include "tools/database.h"

namespace freshet::push {

// The session of a push: it keeps what is applied, so that it can be shown or written to a file, and takes it
// back from there when the transaction goes back to a savepoint.
class Session {
 public:
  // `notices`: what the database's listener writes to.
  Session(tools::Database& database, std::vector<postgres::Notice>& notices)
      : database_(database), notices_(notices) {}

  using Answer = std::variant<postgres::Rows, postgres::Failure>;
  // Asks; nothing is kept.
  Answer ask(const std::string& sql, const tools::Database::Parameters& parameters = {}) {
    return database_.ask(sql, parameters);
  }
  // Asks what can only fail when the connection is lost or the database is not as it must be.
  base::Result<postgres::Rows> rows(const std::string& sql,
                                    const tools::Database::Parameters& parameters = {});
  // Runs without keeping the text.
  std::optional<postgres::Failure> run(const std::string& sql) { return database_.command(sql); }
  // Runs, and keeps the text when it succeeded.
  std::optional<postgres::Failure> apply(const std::string& sql);

  // A savepoint is gone back to with all that was applied since.
  std::optional<postgres::Failure> mark();
  std::optional<postgres::Failure> back();
  std::optional<postgres::Failure> release();

  // What the server said since this was last called.
  std::vector<postgres::Notice> take_notices() { return std::exchange(notices_, {}); }

  const std::vector<std::string>& applied() const { return applied_; }

 private:
  tools::Database& database_;
  std::vector<postgres::Notice>& notices_;
  std::vector<std::string> applied_;
  std::vector<std::size_t> marks_;
};

}  // namespace freshet::push
