#include "postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace freshet::postgres {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr milliseconds kCancelGrace{1000};
constexpr milliseconds kOrphanCheck{3000};
constexpr std::size_t kMostNotices = 100;  // kept for one answer

int poll_timeout(base::TimePoint deadline, base::TimePoint now) {
  const auto left = duration_cast<milliseconds>(deadline - now).count() + 1;
  return static_cast<int>(std::clamp<long long>(left, 0, 60'000));
}

// Drives a non-blocking connect to its end; false at the deadline or on failure.
bool connect_until(PGconn* connection, base::TimePoint deadline, const base::Clock& clock) {
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED || clock.now() >= deadline) return false;
    pollfd socket{PQsocket(connection), static_cast<short>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT),
                  0};
    const int ready = ::poll(&socket, 1, poll_timeout(deadline, clock.now()));
    if (ready < 0 && errno != EINTR) return false;
    if (ready > 0) state = PQconnectPoll(connection);
  }
  return true;
}

}  // namespace

Rows::Rows(pg_result* result) : result_(result) {}
void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }
int Rows::size() const { return PQntuples(result_.get()); }
bool Rows::is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
std::string_view Rows::get(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}
std::string_view Rows::command_tag() const { return PQcmdStatus(result_.get()); }

Connection::Connection(pg_conn* connection, const base::Clock& clock, bool developer)
    : connection_(connection), cancel_(PQgetCancel(connection)), clock_(clock), developer_(developer) {
  PQsetNoticeReceiver(
      connection_,
      [](void* self, const pg_result* result) { static_cast<Connection*>(self)->hear(notice_of(result)); },
      this);
}

void Connection::hear(Notice notice) {
  if (!developer_) return;
  spdlog::info("{} of a function: {}{}{}", notice.severity, notice.message,
               notice.context.empty() ? "" : " | ", notice.context);
  if (notices_.size() < kMostNotices) notices_.push_back(std::move(notice));
}

std::string Connection::take_notices() { return notices_json(std::exchange(notices_, {})); }

Connection::~Connection() {
  PQfreeCancel(cancel_);
  PQfinish(connection_);
}

std::string session_settings(const ConnectOptions& options) {
  // A backend whose gateway died notices it while it works, too. Calls are short: compiling their plans costs
  // more than it saves.
  return "-c jit=off -c statement_timeout=" + std::to_string(options.statement_timeout.count()) +
         " -c client_connection_check_interval=" + std::to_string(kOrphanCheck.count()) +
         " -c idle_in_transaction_session_timeout=60000 -c lock_timeout=0 -c "
         "default_transaction_isolation=read\\ committed" +
         (options.developer ? " -c client_min_messages=log" : "");
}

std::variant<std::unique_ptr<Connection>, Failure> Connection::open(const ConnectOptions& options,
                                                                    const base::Clock& clock) {
  const std::string settings = session_settings(options);
  const std::array keys{"dbname",
                        "options",
                        "application_name",
                        "tcp_user_timeout",
                        "keepalives_idle",
                        "client_encoding",
                        static_cast<const char*>(nullptr)};
  const std::array values{options.conninfo.c_str(),
                          settings.c_str(),
                          options.application_name.c_str(),
                          "15000",
                          "10",
                          "UTF8",
                          static_cast<const char*>(nullptr)};
  PGconn* connection = PQconnectStartParams(keys.data(), values.data(), /*expand_dbname=*/1);
  if (connection == nullptr) return connection_lost("out of memory");
  const bool connected = PQstatus(connection) != CONNECTION_BAD &&
                         connect_until(connection, clock.now() + options.connect_timeout, clock) &&
                         PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1;
  if (!connected) {
    std::string said = PQerrorMessage(connection);
    while (!said.empty() && said.back() == '\n') said.pop_back();
    std::replace(said.begin(), said.end(), '\n', ' ');
    Failure failure = connection_lost(said.empty() ? "no answer from the server in time" : std::move(said));
    PQfinish(connection);
    return failure;
  }
  return std::unique_ptr<Connection>(new Connection(connection, clock, options.developer));
}

bool Connection::send(std::span<const Statement> statements, bool flush_each) {
  for (const Statement& statement : statements) {
    std::string text(statement.sql);
    if (!statement.prepare) {
      if (PQsendQueryParams(connection_, text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 1)
        return false;
      preparing_.emplace_back();
      continue;
    }
    auto at = prepared_.find(text);
    if (at == prepared_.end()) {
      at = prepared_.emplace(text, "s" + std::to_string(next_name_++)).first;
      if (PQsendPrepare(connection_, at->second.c_str(), text.c_str(), 0, nullptr) != 1) return false;
      preparing_.push_back(text);
    }
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<std::string> terminated;  // text parameters are read up to their NUL
    terminated.reserve(statement.parameters.size());
    for (const auto& parameter : statement.parameters) {
      values.push_back(parameter ? terminated.emplace_back(*parameter).c_str() : nullptr);
      lengths.push_back(parameter ? static_cast<int>(parameter->size()) : 0);
    }
    if (PQsendQueryPrepared(connection_, at->second.c_str(), static_cast<int>(values.size()), values.data(),
                            lengths.data(), nullptr, statement.binary ? 1 : 0) != 1) {
      return false;
    }
    preparing_.emplace_back();
    // The server keeps what it has to say until a sync or a full buffer, unless it is asked for it.
    if (flush_each && &statement != &statements.back() && PQsendFlushRequest(connection_) != 1) return false;
  }
  return PQpipelineSync(connection_) == 1;
}

bool Connection::wait(base::TimePoint deadline, bool* readable) {
  const int unsent = PQflush(connection_);
  if (unsent < 0) broken_ = true;
  pollfd socket{PQsocket(connection_), static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN), 0};
  const int ready = ::poll(&socket, 1, poll_timeout(deadline, clock_.now()));
  *readable = ready > 0 && (socket.revents & ~POLLOUT) != 0;
  if (ready < 0 && errno != EINTR) broken_ = true;
  return ready != 0 || clock_.now() < deadline;
}

Ran Connection::run(std::span<const Statement> statements, base::TimePoint deadline,
                    bool cancel_at_deadline) {
  return collect(statements, deadline, cancel_at_deadline, nullptr);
}

Ran Connection::run_each(std::span<const Statement> statements, base::TimePoint deadline,
                         const TakeRows& take) {
  return collect(statements, deadline, /*cancel_at_deadline=*/true, &take);
}

Ran Connection::collect(std::span<const Statement> statements, base::TimePoint deadline,
                        bool cancel_at_deadline, const TakeRows* take) {
  Ran ran;
  std::size_t taken = 0;
  preparing_.clear();
  const auto lost = [&](std::string what) {
    broken_ = true;
    ran.failure = connection_lost(std::move(what));
    return std::move(ran);
  };
  if (broken_ || !send(statements, take != nullptr)) return lost(PQerrorMessage(connection_));

  bool cancelled = false;
  for (std::size_t result_index = 0;;) {
    while (PQisBusy(connection_)) {
      bool readable = false;
      if (!wait(deadline, &readable)) {
        if (cancelled || !cancel_at_deadline) return lost("no answer from the server before the deadline");
        cancel();
        cancelled = true;
        deadline = clock_.now() + kCancelGrace;
      }
      if (broken_ || (readable && PQconsumeInput(connection_) != 1)) return lost(PQerrorMessage(connection_));
    }
    pg_result* result = PQgetResult(connection_);
    if (result == nullptr) {
      if (PQstatus(connection_) == CONNECTION_BAD) return lost(PQerrorMessage(connection_));
      ++result_index;
      continue;
    }
    switch (PQresultStatus(result)) {
      case PGRES_PIPELINE_SYNC:
        PQclear(result);
        return ran;
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
        if (result_index < preparing_.size() && !preparing_[result_index].empty()) {
          PQclear(result);
        } else if (take != nullptr) {
          (*take)(taken++, Rows(result));
        } else {
          ran.rows.emplace_back(result);
        }
        break;
      case PGRES_PIPELINE_ABORTED:
        if (result_index < preparing_.size()) prepared_.erase(preparing_[result_index]);
        PQclear(result);
        break;
      default: {
        Failure failure = failure_of(result);
        PQclear(result);
        if (result_index < preparing_.size()) prepared_.erase(preparing_[result_index]);
        if (PQstatus(connection_) == CONNECTION_BAD) broken_ = true;
        if (!ran.failure) ran.failure = std::move(failure);
        if (broken_) return ran;
      }
    }
  }
}

void Connection::cancel() {
  std::array<char, 256> reason{};
  // What it can't cancel ends by the grace period or by statement_timeout.
  (void)PQcancel(cancel_, reason.data(), static_cast<int>(reason.size()));
}

Ran Connection::reset(base::TimePoint deadline) {
  static const std::array<Statement, 7> kReset{Statement{"RESET SESSION AUTHORIZATION"},
                                               Statement{"RESET ALL"},
                                               Statement{"CLOSE ALL"},
                                               Statement{"UNLISTEN *"},
                                               Statement{"SELECT pg_catalog.pg_advisory_unlock_all()"},
                                               Statement{"DISCARD TEMP"},
                                               Statement{"DISCARD SEQUENCES"}};
  return run(kReset, deadline);
}

bool Connection::in_transaction() const { return PQtransactionStatus(connection_) != PQTRANS_IDLE; }
int Connection::backend_pid() const { return PQbackendPID(connection_); }
int Connection::server_version() const { return PQserverVersion(connection_); }

}  // namespace freshet::postgres
