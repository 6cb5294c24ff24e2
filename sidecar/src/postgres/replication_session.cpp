#include "postgres/replication_session.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "base/failpoint.h"

namespace freshet::postgres {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kFeedbackInterval{1};
constexpr std::size_t kWalHeader = 1 + 8 + 8 + 8;      // 'w', start, end, send time
constexpr std::size_t kKeepaliveSize = 1 + 8 + 8 + 1;  // 'k', end, send time, reply requested

struct ClearResult {
  void operator()(pg_result* result) const { PQclear(result); }
};
struct FreeMemory {
  void operator()(char* memory) const { PQfreemem(memory); }
};

Error stopped() { return {ErrorCode::kOverloaded, "stopped", "stopped"}; }

std::uint64_t read_u64(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

void append_u64(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255);
}

}  // namespace

ReplicationSession::ReplicationSession(pg_conn* connection, const Options& options, const base::Clock& clock)
    : connection_(connection), options_(options), clock_(clock), last_heard_(clock.now()) {
  PQsetNoticeProcessor(
      connection_, [](void*, const char*) {}, nullptr);
}

ReplicationSession::~ReplicationSession() { PQfinish(connection_); }

Error ReplicationSession::failed() const {
  std::string text = PQerrorMessage(connection_);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return {ErrorCode::kOverloaded, text.empty() ? "the replication connection was lost" : text};
}

Result<void> ReplicationSession::wait(bool for_write, base::Duration at_most, bool* timed_out) {
  std::array<pollfd, 2> files{
      pollfd{PQsocket(connection_), static_cast<short>(for_write ? POLLIN | POLLOUT : POLLIN), 0},
      pollfd{options_.wake_fd, POLLIN, 0}};
  const auto timeout = std::clamp<long long>(duration_cast<milliseconds>(at_most).count(), 0, 60'000);
  const int ready = ::poll(files.data(), files.size(), static_cast<int>(timeout));
  if (ready < 0 && errno != EINTR) return failed();
  if (files[1].revents != 0) return stopped();
  *timed_out = ready == 0;
  return {};
}

Result<std::unique_ptr<ReplicationSession>> ReplicationSession::connect(const Options& options,
                                                                        const base::Clock& clock) {
  // A peer that vanished is noticed by the kernel: the stream may be silent for long while a big transaction
  // is decoded.
  const std::array keys{"dbname",
                        "replication",
                        "application_name",
                        "keepalives_idle",
                        "keepalives_interval",
                        "keepalives_count",
                        "tcp_user_timeout",
                        static_cast<const char*>(nullptr)};
  const std::array values{
      options.conninfo.c_str(),         "database", "freshet stream", "2", "1", "3", "5000",
      static_cast<const char*>(nullptr)};
  PGconn* raw = PQconnectStartParams(keys.data(), values.data(), /*expand_dbname=*/1);
  if (raw == nullptr) return Error(ErrorCode::kOverloaded, "out of memory");
  std::unique_ptr<ReplicationSession> session(new ReplicationSession(raw, options, clock));
  if (PQstatus(raw) == CONNECTION_BAD) return session->failed();
  const base::TimePoint deadline = clock.now() + options.connect_timeout;
  for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;) {
    if (state == PGRES_POLLING_FAILED) return session->failed();
    if (clock.now() >= deadline) return Error(ErrorCode::kOverloaded, "no answer from the server in time");
    // While connecting, the socket is waited for in the one direction that libpq names.
    std::array<pollfd, 2> files{
        pollfd{PQsocket(raw), static_cast<short>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0},
        pollfd{options.wake_fd, POLLIN, 0}};
    const int ready = ::poll(files.data(), files.size(), 100);
    if (files[1].revents != 0) return stopped();
    if (ready > 0) state = PQconnectPoll(raw);
  }
  if (PQsetnonblocking(raw, 1) != 0) return session->failed();
  return session;
}

Result<void> ReplicationSession::query(const std::string& text, const std::function<bool()>& waiting) {
  if (PQsendQuery(connection_, text.c_str()) != 1) return failed();
  while (true) {
    const int unsent = PQflush(connection_);
    if (unsent < 0) return failed();
    if (PQisBusy(connection_) == 0) return {};
    bool timed_out = false;
    if (auto waited = wait(unsent > 0, seconds(1), &timed_out); !waited) return waited;
    if (timed_out) {
      if (waiting && !waiting()) return Error(ErrorCode::kOverloaded, "it waits for running transactions");
    } else if (PQconsumeInput(connection_) != 1) {
      return failed();
    }
  }
}

Result<ReplicationSession::Slot> ReplicationSession::create_slot(const std::string& name,
                                                                 const std::function<bool()>& waiting) {
  if (auto sent = query(
          "CREATE_REPLICATION_SLOT \"" + name + "\" TEMPORARY LOGICAL freshet (SNAPSHOT 'export')", waiting);
      !sent) {
    return std::move(sent).error();
  }
  const std::unique_ptr<pg_result, ClearResult> result(PQgetResult(connection_));
  if (result == nullptr || PQresultStatus(result.get()) != PGRES_TUPLES_OK || PQntuples(result.get()) != 1)
    return failed();
  Slot slot{name, PQgetvalue(result.get(), 0, 2)};
  while (pg_result* rest = PQgetResult(connection_)) PQclear(rest);
  return slot;
}

Result<void> ReplicationSession::start(const Slot& slot, const std::string& plugin_options) {
  const std::string text =
      "START_REPLICATION SLOT \"" + slot.name + "\" LOGICAL 0/0 (" + plugin_options + ")";
  if (auto sent = query(text, nullptr); !sent) return sent;
  const std::unique_ptr<pg_result, ClearResult> result(PQgetResult(connection_));
  if (result == nullptr || PQresultStatus(result.get()) != PGRES_COPY_BOTH) return failed();
  last_heard_ = clock_.now();
  return {};
}

Result<void> ReplicationSession::feedback(bool ask_for_reply) {
  std::string message = "r";
  append_u64(message, received_);  // written
  append_u64(message, received_);  // flushed: nothing here needs the WAL again
  append_u64(message, received_);  // applied
  append_u64(message, 0);          // our clock: not looked at
  message += static_cast<char>(ask_for_reply ? 1 : 0);
  last_feedback_ = clock_.now();
  if (PQputCopyData(connection_, message.data(), static_cast<int>(message.size())) != 1) return failed();
  return {};
}

Result<void> ReplicationSession::take(std::string_view message,
                                      const std::function<Result<void>(std::string_view)>& payload) {
  last_heard_ = clock_.now();
  if (message.starts_with('w') && message.size() >= kWalHeader) {
    received_ = std::max(received_, read_u64(message.substr(1)));
    return payload(message.substr(kWalHeader));
  }
  if (message.starts_with('k') && message.size() >= kKeepaliveSize) {
    received_ = std::max(received_, read_u64(message.substr(1)));
    return message[kKeepaliveSize - 1] != 0 ? feedback(false) : Result<void>();
  }
  return Error(ErrorCode::kInternal, "unknown message in the replication stream");
}

Error ReplicationSession::read(const std::function<Result<void>(std::string_view payload)>& payload) {
  while (true) {
    char* bytes = nullptr;
    const int size = PQgetCopyData(connection_, &bytes, /*async=*/1);
    const std::unique_ptr<char, FreeMemory> owned(bytes);
    if (size == -1) {
      const std::unique_ptr<pg_result, ClearResult> result(PQgetResult(connection_));
      return failed();
    }
    if (size < -1) return failed();
    if (size > 0) {
      if (base::failpoint("stream_message")) return Error(ErrorCode::kOverloaded, "failpoint");
      if (auto taken = take({bytes, static_cast<std::size_t>(size)}, payload); !taken)
        return std::move(taken).error();
    }
    const base::TimePoint now = clock_.now();
    const base::Duration silent = now - last_heard_;
    if (silent > options_.silence) return Error(ErrorCode::kOverloaded, "the server is silent");
    if (now - last_feedback_ >= kFeedbackInterval) {
      if (auto sent = feedback(silent > kFeedbackInterval * 2); !sent) return std::move(sent).error();
    }
    const int unsent = PQflush(connection_);
    if (unsent < 0) return failed();
    if (size > 0) continue;
    bool timed_out = false;
    if (auto waited = wait(unsent > 0, kFeedbackInterval, &timed_out); !waited)
      return std::move(waited).error();
    if (!timed_out && PQconsumeInput(connection_) != 1) return failed();
  }
}

int ReplicationSession::backend_pid() const { return PQbackendPID(connection_); }

}  // namespace freshet::postgres
