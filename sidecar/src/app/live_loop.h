#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace freshet::app {

// The one thread that owns the live state and the sessions. Everybody else posts to it. What is posted is bounded by its
// sources: sockets by the edge's limits, the stream by StreamBacklog, database answers by the number of workers.
class LiveLoop {
 public:
  using Task = std::function<void()>;

  // `settle` runs after every batch of tasks and when `deadline()` is due; both on the loop's thread.
  struct Hooks {
    std::function<void()> settle;
    std::function<std::optional<base::TimePoint>()> deadline;
  };

  explicit LiveLoop(const base::Clock& clock) : clock_(clock) {}
  ~LiveLoop() { stop(); }

  void start(Hooks hooks);
  // Any thread, in order per thread. After stop() tasks are dropped.
  void post(Task task);
  // Runs what was posted before, then ends the thread. Not from the loop's thread.
  void stop();

 private:
  void serve();

  const base::Clock& clock_;
  Hooks hooks_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Task> posted_;
  bool stopping_ = false;
};

}  // namespace freshet::app
