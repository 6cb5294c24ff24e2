#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/result.h"

struct pg_conn;

namespace freshet::postgres {

// A replication connection over libpq (libpqxx has no COPY BOTH), from connect to the end of the stream. Used
// by the reader's thread only; every wait ends when `wake_fd` becomes readable, with the error `stopped()`.
class ReplicationSession {
 public:
  struct Options {
    std::string conninfo;
    std::chrono::milliseconds connect_timeout;
    std::chrono::milliseconds silence;
    int wake_fd;
  };
  struct Slot {
    std::string name;
    std::string exported;  // snapshot; valid until start()
  };

  static base::Result<std::unique_ptr<ReplicationSession>> connect(const Options& options,
                                                                   const base::Clock& clock);
  ~ReplicationSession();
  ReplicationSession(const ReplicationSession&) = delete;
  ReplicationSession& operator=(const ReplicationSession&) = delete;

  // Waits for every transaction that runs, so it can take long: `waiting` is asked every second while it does
  // whether to wait on.
  base::Result<Slot> create_slot(const std::string& name, const std::function<bool()>& waiting);
  base::Result<void> start(const Slot& slot, const std::string& plugin_options);

  // Reads until the stream ends, which is always an error. `payload` returns what is wrong with a message, if
  // anything.
  base::Error read(const std::function<base::Result<void>(std::string_view payload)>& payload);

  int backend_pid() const;
  static bool is_stopped(const base::Error& error) { return error.details == "stopped"; }

 private:
  ReplicationSession(pg_conn* connection, const Options& options, const base::Clock& clock);
  base::Error failed() const;
  base::Result<void> wait(bool for_write, base::Duration at_most, bool* timed_out);
  base::Result<void> query(const std::string& text, const std::function<bool()>& waiting);
  base::Result<void> feedback(bool ask_for_reply);
  base::Result<void> take(std::string_view message,
                          const std::function<base::Result<void>(std::string_view)>& payload);

  pg_conn* connection_;
  const Options options_;
  const base::Clock& clock_;
  std::uint64_t received_ = 0;
  base::TimePoint last_heard_;
  base::TimePoint last_feedback_{};
};

}  // namespace freshet::postgres
