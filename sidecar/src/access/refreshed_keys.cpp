#include "access/refreshed_keys.h"

#include <utility>

#include "access/mutant.h"

namespace freshet::access {

RefreshedKeys::RefreshedKeys(Fetch fetch, Report report, const base::Clock& clock, RefreshTimes times)
    : fetch_(std::move(fetch)), report_(std::move(report)), clock_(clock), policy_(times, clock.now()) {}

void RefreshedKeys::start() {
  thread_ = std::thread([this] { run(); });
}

void RefreshedKeys::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_.store(true);
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (const auto& done : waiting) done();
}

std::shared_ptr<const Keys> RefreshedKeys::current() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

Newer RefreshedKeys::refresh(const std::shared_ptr<const Keys>& seen, std::function<void()> done) {
  const std::lock_guard lock(mutex_);
  if (keys_ != seen) return Newer::kAlready;
  if (stopping_.load() || waiting_.size() >= kMaxWaitingForKeys) return Newer::kNone;
  const base::TimePoint now = clock_.now();
  const bool comes = fetching_ || now >= policy_.due();
  if (!comes && !policy_.demand(now)) return Newer::kNone;
  waiting_.push_back(std::move(done));
  wake_.notify_all();
  return Newer::kComing;
}

void RefreshedKeys::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_.load()) {
    if (clock_.now() < policy_.due()) {
      wake_.wait_until(lock, policy_.due());
      continue;
    }
    fetching_ = true;
    lock.unlock();
    base::Result<FetchedKeys> fetched = fetch_(stopping_);
    lock.lock();
    fetching_ = false;
    if (stopping_.load()) return;
    const News news = take(std::move(fetched));
    const std::vector<std::function<void()>> waiting = std::exchange(waiting_, {});
    lock.unlock();
    if (!news.line.empty()) report_(news.trouble, news.line);
    for (const auto& done : waiting) done();
    lock.lock();
  }
}

RefreshedKeys::News RefreshedKeys::take(base::Result<FetchedKeys> fetched) {
  const base::TimePoint now = clock_.now();
  if (!fetched) {
    policy_.failed(now);
    if (mutant::kKeysLostWithIssuer) keys_ = nullptr;
    trouble_ = true;
    return {true, fetched.error().message + (keys_ == nullptr ? "; no token can be verified until they can be"
                                                              : "; the keys read before stay in use")};
  }
  policy_.succeeded(now, fetched->max_age);
  const bool changed = std::exchange(trouble_, false) || keys_ == nullptr;
  News news{fetched->keys.empty(), fetched->remark};
  if (news.line.empty() && changed) news.line = std::to_string(fetched->keys.size()) + " keys read";
  keys_ = std::make_shared<const Keys>(std::move(fetched->keys));
  return news;
}

}  // namespace freshet::access
