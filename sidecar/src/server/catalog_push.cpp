#include "server/catalog_push.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

namespace freshet::server {

void CatalogPush::begin(std::function<void()> beside) {
  backend_.on_catalog([this, beside = std::move(beside)] {
    changed();
    beside();
  });
}

bool CatalogPush::wait(std::string known, std::chrono::seconds patience, std::function<void()> answer) {
  bool closed = false;
  {
    const std::lock_guard lock(mutex_);
    closed = closed_;
    if (!closed && waiters_.size() >= most_) return false;
    if (!closed) waiters_.push_back({std::move(known), Clock::now() + patience, answer});
  }
  if (closed) {
    answer();
    return true;
  }
  // It may have changed between the caller's look and the entry above.
  changed();
  boost::asio::post(context_, [this] { arm(); });
  return true;
}

void CatalogPush::close() {
  backend_.on_catalog(nullptr);
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  release([](const Waiter&) { return true; });
  boost::asio::post(context_, [this] { timer_.cancel(); });
}

void CatalogPush::changed() {
  const auto catalog = backend_.catalog();
  if (catalog) release([&](const Waiter& waiter) { return waiter.known != catalog->hash; });
}

void CatalogPush::arm() {
  release([now = Clock::now()](const Waiter& waiter) { return waiter.until <= now; });
  std::optional<Clock::time_point> next;
  {
    const std::lock_guard lock(mutex_);
    for (const Waiter& waiter : waiters_) next = std::min(next.value_or(waiter.until), waiter.until);
  }
  if (!next) return;
  timer_.expires_at(*next);  // ends a wait that goes on
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) arm();
  });
}

void CatalogPush::release(const std::function<bool(const Waiter&)>& done) {
  std::list<Waiter> released;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      const auto next = std::next(it);
      if (done(*it)) released.splice(released.end(), waiters_, it);
      it = next;
    }
  }
  for (Waiter& waiter : released) waiter.answer();
}

}  // namespace freshet::server
