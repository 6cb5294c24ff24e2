#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "freshet_wire/siphash.hpp"
#include "postgres/reconnect.h"
#include "postgres/stream_backlog.h"
#include "wire/assembler.h"
#include "wire/snapshot.h"

namespace freshet::postgres {

// Where the stream goes. Called on the reader's thread, in stream order; never blocks, but for
// snapshot_exported.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;
  // A slot exists. Imports its snapshot on another connection and says what it sees; nullopt when it could
  // not.
  virtual std::optional<wire::Snapshot> import_snapshot(const std::string& exported) = 0;
  virtual void stream_started(const wire::Snapshot& snapshot, const wire::SipKey& key) = 0;
  // `bytes` are to be given back with StreamBacklog::taken once it has been dealt with.
  virtual void item(wire::StreamItem item, std::size_t bytes) = 0;
  virtual void stream_lost(const std::string& reason) = 0;
  // Slot creation has waited for a while behind running transactions; `pid` is the backend that waits.
  // nullopt: no longer.
  virtual void slot_waits(std::optional<int> pid) = 0;
};

struct ReplicationOptions {
  std::string conninfo;  // of the replication role; holds secrets, never logged
  int max_rows = 50'000;
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds silence{
      60'000};  // the server answers nothing, though asked, for so long: the stream is lost
};

struct ReplicationCounts {
  std::atomic<std::uint64_t> messages{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> starts{0};
  std::atomic<std::uint64_t> losses{0};
};

// Reads the change stream on a thread of its own: a temporary slot of a unique name, created with an exported
// snapshot, then START_REPLICATION under a fresh key. It never stops reading and confirms whatever it
// received, so that a slow gateway does not hold WAL in the database; what the gateway does not keep up with
// is collapsed (StreamBacklog). After a loss it makes a new slot by itself, with back-off. None of the bytes
// read are ever logged.
class ReplicationReader {
 public:
  ReplicationReader(ReplicationOptions options, StreamEvents& events, StreamBacklog& backlog,
                    const base::Clock& clock, base::Random& random);
  ~ReplicationReader();

  void start();
  void stop();
  // From any thread: give the stream up and begin anew.
  void restart(std::string reason);

  const ReplicationCounts& counts() const { return counts_; }

 private:
  void serve();
  base::Error stream(bool* started);
  void wait_until(base::TimePoint when);
  void wake();

  const ReplicationOptions options_;
  StreamEvents& events_;
  StreamBacklog& backlog_;
  const base::Clock& clock_;
  base::Random& random_;
  ReplicationCounts counts_;

  std::thread thread_;
  int wake_fd_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::string restart_reason_;  // not empty: asked for
};

}  // namespace freshet::postgres
