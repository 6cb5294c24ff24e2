#include "app/live_loop.h"

#include <algorithm>
#include <utility>

namespace freshet::app {
namespace {

constexpr std::chrono::seconds kLongestWait{1};

}  // namespace

void LiveLoop::start(Hooks hooks) {
  hooks_ = std::move(hooks);
  thread_ = std::thread([this] { serve(); });
}

void LiveLoop::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  posted_.push_back(std::move(task));
  // Whoever has the turn looks here before he gives it back.
  if (posted_.size() == 1 && !turn_taken_) wake_.notify_one();
}

void LiveLoop::run(Task task) {
  std::vector<Task> tasks;
  std::unique_lock lock(mutex_);
  if (stopping_) return;
  if (turn_taken_ || !posted_.empty()) {
    posted_.push_back(std::move(task));
    return;  // the turn is taken, or the loop's thread was woken for what already waits
  }
  tasks.push_back(std::move(task));
  turn_taken_ = true;
  take_turn(lock, tasks);
  if (!posted_.empty() || stopping_ || due_ < sleeps_until_) wake_.notify_one();
}

void LiveLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void LiveLoop::take_turn(std::unique_lock<std::mutex>& lock, std::vector<Task>& tasks) noexcept {
  lock.unlock();
  for (Task& task : tasks) task();
  tasks.clear();
  hooks_.settle();
  const base::TimePoint latest = clock_.now() + kLongestWait;
  const base::TimePoint due = std::min(hooks_.deadline().value_or(latest), latest);
  lock.lock();
  due_ = due;
  turn_taken_ = false;
}

void LiveLoop::serve() {
  std::vector<Task> tasks;
  std::unique_lock lock(mutex_);
  while (true) {
    if (turn_taken_) {
      sleeps_until_ = base::TimePoint::max();
      wake_.wait(lock);
      continue;
    }
    const base::TimePoint now = clock_.now();
    if (!posted_.empty() || now >= due_) {
      tasks.swap(posted_);
      turn_taken_ = true;
      sleeps_until_ = {};
      take_turn(lock, tasks);
      continue;
    }
    if (stopping_) return;
    sleeps_until_ = due_;
    wake_.wait_for(lock, due_ - now);
  }
}

}  // namespace freshet::app
