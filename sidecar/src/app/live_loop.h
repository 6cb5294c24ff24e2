#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace freshet::app {

// Owns the live state and the sessions: what is given to it runs one after the other, never at once. Most of
// it runs on the loop's thread; what came from the database may run where it arrived (see run()). What is
// posted is bounded by its sources: sockets by the edge's limits, the stream by StreamBacklog, database
// answers by the number of workers.
class LiveLoop {
 public:
  using Task = std::function<void()>;

  // `settle` runs after every batch of tasks and when `deadline()` is due; both as tasks do.
  struct Hooks {
    std::function<void()> settle;
    std::function<std::optional<base::TimePoint>()> deadline;
  };

  explicit LiveLoop(const base::Clock& clock) : clock_(clock) {}
  ~LiveLoop() { stop(); }

  // Before anything is given to it.
  void start(Hooks hooks);
  // Any thread, in order per thread. After stop() tasks are dropped.
  void post(Task task);
  // The same, but when nothing else runs and nothing waits, the task and its settle run at once on the
  // caller's thread: a commit then reaches the clients with two wake-ups of threads less. The caller is kept
  // for its own task only: what comes meanwhile goes to the loop's thread. For threads that may be kept that
  // long: the stream's reader and the workers.
  void run(Task task);
  // Runs what was posted before, then ends the thread. Not from the loop's thread.
  void stop();

 private:
  void serve();
  // Runs the tasks and settles; called with the lock and `turn_taken_` set, returns with the lock and the
  // turn given back.
  void take_turn(std::unique_lock<std::mutex>& lock, std::vector<Task>& tasks) noexcept;

  const base::Clock& clock_;
  Hooks hooks_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Task> posted_;
  bool turn_taken_ = false;         // somebody runs tasks
  base::TimePoint due_{};           // when to settle without any task
  base::TimePoint sleeps_until_{};  // the loop's thread; in the past: it is awake
  bool stopping_ = false;
};

}  // namespace freshet::app
