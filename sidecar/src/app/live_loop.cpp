#include "app/live_loop.h"

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
  if (posted_.size() == 1) wake_.notify_one();
}

void LiveLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void LiveLoop::serve() {
  std::vector<Task> batch;
  while (true) {
    const std::optional<base::TimePoint> due = hooks_.deadline();
    {
      std::unique_lock lock(mutex_);
      if (posted_.empty() && !stopping_) {
        const base::TimePoint now = clock_.now();
        const base::Duration wait = due ? std::min<base::Duration>(*due - now, kLongestWait) : kLongestWait;
        if (wait > base::Duration::zero()) {
          wake_.wait_for(lock, wait, [this] { return !posted_.empty() || stopping_; });
        }
      }
      if (posted_.empty() && stopping_) return;
      batch.swap(posted_);
    }
    for (Task& task : batch) task();
    batch.clear();
    hooks_.settle();
  }
}

}  // namespace freshet::app
