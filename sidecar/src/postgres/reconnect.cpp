#include "postgres/reconnect.h"

#include <algorithm>

namespace freshet::postgres {
namespace {

constexpr std::chrono::milliseconds kFirst{1000};
constexpr std::chrono::milliseconds kMost{5000};

}  // namespace

bool Reconnect::may_try() {
  const std::lock_guard lock(mutex_);
  if (!down_ && proven_) return true;
  if (clock_.now() < next_) return false;
  // Taken by this caller: the next one is due after it, whether or not it reports in time.
  next_ = clock_.now() + kMost;
  return true;
}

void Reconnect::succeeded() {
  const std::lock_guard lock(mutex_);
  proven_ = true;
  down_ = false;
  failures_ = 0;
  reason_.clear();
}

void Reconnect::failed(std::string why) {
  const std::lock_guard lock(mutex_);
  down_ = true;
  failures_ = std::min(failures_ + 1, 8);
  const auto base = std::min(kFirst * (1 << (failures_ - 1)), kMost);
  next_ = clock_.now() + base + std::chrono::duration_cast<base::Duration>(base * (0.5 * random_.fraction()));
  reason_ = std::move(why);
}

bool Reconnect::down() const {
  const std::lock_guard lock(mutex_);
  return down_;
}

std::string Reconnect::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

base::TimePoint Reconnect::next() const {
  const std::lock_guard lock(mutex_);
  return next_;
}

}  // namespace freshet::postgres
