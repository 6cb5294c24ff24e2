#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/live_loop.h"
#include "base/result.h"
#include "postgres/worker_pool.h"

namespace freshet::app {

// The sessions' side of the mutation records: ids are issued by the database and kept ready, acknowledgements
// are gathered, idle sessions are forgotten. On the loop's thread.
class SessionRecords {
 public:
  SessionRecords(postgres::WorkerPool& pool, LiveLoop& loop) : pool_(pool), loop_(loop) {}

  // A session id that nobody has had. Answers at once when one is ready.
  void take(std::function<void(base::Result<std::string>)> answer);
  // Ids that the database has issued and nobody has had.
  void add(std::vector<std::string> ids);
  // nullopt: not known (any more).
  void floor(const std::string& session,
             std::function<void(base::Result<std::optional<std::uint64_t>>)> answer);
  void ack(const std::string& session, std::uint64_t upto);
  void prune(std::chrono::hours idle);
  // Now and then: sends what was gathered.
  void flush();

 private:
  void refill();

  postgres::WorkerPool& pool_;
  LiveLoop& loop_;
  std::deque<std::string> ready_;
  std::deque<std::function<void(base::Result<std::string>)>> waiting_;
  bool refilling_ = false;
  std::map<std::string, std::uint64_t> acks_;
  bool acking_ = false;
};

}  // namespace freshet::app
