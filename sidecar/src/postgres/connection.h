#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "postgres/failure.h"
#include "postgres/notice.h"
#include "postgres/session.h"

struct pg_conn;
struct pg_cancel;

namespace freshet::postgres {

// Owns the rows of one statement.
class Rows {
 public:
  explicit Rows(pg_result* result);
  int size() const;
  bool is_null(int row, int column) const;
  // Text form, or the bytes as sent when the statement asked for binary results.
  std::string_view get(int row, int column) const;
  std::string text(int row, int column) const { return std::string(get(row, column)); }
  std::string_view command_tag() const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

// `sql` is prepared once per connection under its own text, unless it is a text of this one time. It and the
// parameters must outlive the call. A parameter that is nullopt is NULL.
struct Statement {
  std::string_view sql;
  std::vector<std::optional<std::string_view>> parameters = {};
  bool binary = false;
  bool prepare = true;
};

struct Ran {
  std::vector<Rows> rows;  // of the statements before the one that failed, but for those that were taken
  std::optional<Failure> failure;
  bool ok() const { return !failure.has_value(); }
};

// A statement that outlives its deadline in the database is cancelled by the gateway after this.
inline constexpr std::chrono::milliseconds kCancelAfter{700};

struct ConnectOptions {
  std::string conninfo;  // libpq keywords or URI; holds secrets, never logged
  std::string application_name;
  std::chrono::milliseconds connect_timeout{5000};
  // Ends what neither its deadline nor our cancel ended; 0: none. Longer than any deadline.
  std::chrono::milliseconds statement_timeout{0};
  // For developers: what functions raise as NOTICE, LOG and the like is logged and kept for take_notices().
  bool developer = false;
};

// The start-up settings of every session of ours, as libpq's keyword `options`.
std::string session_settings(const ConnectOptions& options);

// One session of the database over libpq in pipeline mode: a run is one round trip whatever the number of
// statements (docs/decisions/0005-two-client-libraries.md). Used by one thread, except cancel(). After a
// failure that it did not expect its user drops it: what a failed statement leaves in a session is not worth
// guessing.
class Connection final : public Session {
 public:
  static std::variant<std::unique_ptr<Connection>, Failure> open(const ConnectOptions& options,
                                                                 const base::Clock& clock);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Sends all, waits for all. At the deadline the statement is cancelled; a server that does not answer that
  // within a second is left (the connection is then broken). Without `cancel_at_deadline` it is left at once.
  Ran run(std::span<const Statement> statements, base::TimePoint deadline, bool cancel_at_deadline = true);
  Ran run(const Statement& statement, base::TimePoint deadline) { return run({&statement, 1}, deadline); }

  // The same, but each statement's rows are given to `take` as soon as the server has them, while it works on
  // the next one. `take` must not use the connection.
  using TakeRows = std::function<void(std::size_t statement, Rows rows)>;
  Ran run_each(std::span<const Statement> statements, base::TimePoint deadline, const TakeRows& take);

  void cancel() override;

  // Takes back whatever a function may have left in the session: settings, role, temporary tables, cursors,
  // locks. Prepared statements and plans stay.
  Ran reset(base::TimePoint deadline);

  // With ConnectOptions::developer: what was said since the last call, as JSON (postgres/notice.h); else
  // empty.
  std::string take_notices();
  bool developer() const { return developer_; }

  // Not to be used again: its user met something that it did not expect.
  void condemn() { broken_ = true; }
  bool broken() const override { return broken_; }
  bool in_transaction() const override;
  int backend_pid() const;
  int server_version() const;

 private:
  Connection(pg_conn* connection, const base::Clock& clock, bool developer);
  void hear(Notice notice);
  bool send(std::span<const Statement> statements, bool flush_each);
  Ran collect(std::span<const Statement> statements, base::TimePoint deadline, bool cancel_at_deadline,
              const TakeRows* take);
  // Waits until the socket can be read or written; false at the deadline.
  bool wait(base::TimePoint deadline, bool* readable);

  pg_conn* connection_;
  pg_cancel* cancel_;
  const base::Clock& clock_;
  const bool developer_;
  std::vector<Notice> notices_;
  std::unordered_map<std::string, std::string> prepared_;  // text -> name
  std::uint64_t next_name_ = 0;  // a name is never used twice: an aborted Parse may or may not have taken it
  std::vector<std::string> preparing_;  // per result to come: the text whose Parse it is, or empty
  bool broken_ = false;
};

}  // namespace freshet::postgres
