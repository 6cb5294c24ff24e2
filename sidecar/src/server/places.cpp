#include "server/places.h"

namespace freshet::server {
namespace {

constexpr std::size_t kToBeRefused = 64;

}  // namespace

Places::Place Places::take() {
  const std::lock_guard lock(mutex_);
  if (taken_ >= limit_) count(metrics_.refused);
  if (taken_ >= limit_ + kToBeRefused) return {};
  Place place;
  place.over_limit = taken_ >= limit_;
  ++taken_;
  metrics_.connections.fetch_add(1, std::memory_order_relaxed);
  place.held = std::shared_ptr<void>(this, [](void* places) { static_cast<Places*>(places)->give_back(); });
  return place;
}

void Places::give_back() {
  const std::lock_guard lock(mutex_);
  --taken_;
  metrics_.connections.fetch_sub(1, std::memory_order_relaxed);
  if (taken_ == 0) emptied_.notify_all();
}

bool Places::wait_until_empty(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_until(lock, deadline, [&] { return taken_ == 0; });
}

}  // namespace freshet::server
