#include "postgres/worker_pool.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace freshet::postgres {
namespace {

constexpr std::size_t kShared = kLaneCount;
constexpr std::array kSharedLanes{static_cast<std::size_t>(Lane::kSlow),
                                  static_cast<std::size_t>(Lane::kOneShot),
                                  static_cast<std::size_t>(Lane::kMutation)};

bool shares(std::size_t lane) {
  return std::find(kSharedLanes.begin(), kSharedLanes.end(), lane) != kSharedLanes.end();
}

base::Error unreachable() {
  return {base::ErrorCode::kOverloaded, "the database can't be reached; try again"};
}
base::Error expired() {
  return {base::ErrorCode::kDeadlineExceeded, "the call waited too long for the database"};
}
base::Error stopping() { return {base::ErrorCode::kOverloaded, "the gateway is stopping; try again"}; }

}  // namespace

bool Worker::pause(base::Duration duration) {
  std::unique_lock lock(pool_.mutex_);
  return !pool_.stop_wake_.wait_for(lock, duration, [this] { return pool_.stopping_; });
}

bool Worker::reconnect(base::TimePoint until) {
  while (pool_.clock_.now() < until) {
    if (pool_.reconnect_.may_try()) {
      std::unique_ptr<Session> fresh = pool_.connect(service_);
      const std::lock_guard lock(pool_.mutex_);
      if (fresh != nullptr) {
        session_ = std::move(fresh);
        return !pool_.stopping_;
      }
    }
    if (!pause(std::min<base::Duration>(std::chrono::milliseconds(100), until - pool_.clock_.now())))
      return false;
  }
  return false;
}

WorkerPool::WorkerPool(PoolOptions options, const base::Clock& clock, Reconnect& reconnect)
    : options_(std::move(options)), clock_(clock), reconnect_(reconnect) {
  std::vector<std::size_t> groups;
  for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
    groups.insert(groups.end(), static_cast<std::size_t>(options_.reserved[lane]), lane);
  }
  groups.insert(groups.end(), static_cast<std::size_t>(options_.shared), kShared);
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < groups.size(); ++i) seats_.emplace_back();
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    seats_[i].group = groups[i];
    seats_[i].worker.reset(new Worker(*this, groups[i] == static_cast<std::size_t>(Lane::kService)));
    seats_[i].thread = std::thread([this, i, group = groups[i]] { serve(i, group); });
  }
}

WorkerPool::~WorkerPool() { stop(clock_.now()); }

// Under the lock. A session of another lane is of no use, and may be dead without having noticed.
bool WorkerPool::connected_for(std::size_t lane) const {
  return std::any_of(seats_.begin(), seats_.end(), [&](const Seat& seat) {
    return seat.worker->session_ != nullptr &&
           (seat.group == lane || (seat.group == kShared && shares(lane)));
  });
}

std::unique_ptr<Session> WorkerPool::connect(bool service) {
  std::unique_ptr<Session> session;
  std::optional<Failure> failure;
  const auto take = [&](auto opened) {
    if (auto* failed = std::get_if<Failure>(&opened)) {
      failure = std::move(*failed);
    } else {
      session = std::move(std::get<0>(opened));
    }
  };
  if (service) {
    take(ServiceSession::open(options_.connect));
  } else {
    take(Connection::open(options_.connect, clock_));
  }
  if (failure) {
    reconnect_.failed(failure->message);
    spdlog::warn("database: can't connect: {}", describe(*failure));
    const std::lock_guard lock(mutex_);
    ++counts_.connect_failures;
    return nullptr;
  }
  reconnect_.succeeded();
  const std::lock_guard lock(mutex_);
  ++counts_.connects;
  return session;
}

void WorkerPool::submit(Lane lane, Job job) {
  base::Error refusal;
  {
    const auto index = static_cast<std::size_t>(lane);
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refusal = stopping();
    } else if (waiting_[index].size() >= options_.queue) {
      refusal = {base::ErrorCode::kOverloaded, "too many calls are waiting; try again",
                 R"({"retry_after_ms":1000})"};
    } else if (reconnect_.down() && !connected_for(index)) {
      refusal = unreachable();
    } else {
      waiting_[index].push_back(std::move(job));
      if (!wake_one(groups_[index]) && shares(index)) wake_one(groups_[kShared]);
      return;
    }
    ++counts_.refused;
  }
  job.fail(std::move(refusal));
}

bool WorkerPool::wake_one(Group& group) {
  if (group.idle.empty()) return false;
  group.idle.back()->wake.notify_one();
  group.idle.pop_back();
  return true;
}

// Under the lock. A shared worker helps the lane in which most wait.
bool WorkerPool::take(std::size_t group, Job& job) {
  std::size_t lane = group;
  if (group == kShared) {
    lane = *std::max_element(kSharedLanes.begin(), kSharedLanes.end(), [&](std::size_t a, std::size_t b) {
      return waiting_[a].size() < waiting_[b].size();
    });
  }
  if (waiting_[lane].empty()) return false;
  job = std::move(waiting_[lane].front());
  waiting_[lane].pop_front();
  return true;
}

void WorkerPool::fail_waiting(const base::Error& error) {
  std::vector<Job> failed;
  {
    const std::lock_guard lock(mutex_);
    for (auto& lane : waiting_) {
      for (Job& job : lane) failed.push_back(std::move(job));
      lane.clear();
    }
    counts_.refused += failed.size();
  }
  for (Job& job : failed) job.fail(error);
}

void WorkerPool::fail_stranded() {
  std::vector<Job> unserved;
  std::vector<Job> late;
  {
    const std::lock_guard lock(mutex_);
    const base::TimePoint now = clock_.now();
    for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
      const bool none = reconnect_.down() && !connected_for(lane);
      std::erase_if(waiting_[lane], [&](Job& job) {
        if (!none && now < job.expires) return false;
        (none ? unserved : late).push_back(std::move(job));
        return true;
      });
    }
    counts_.refused += unserved.size();
    counts_.expired += late.size();
  }
  for (Job& job : unserved) job.fail(unreachable());
  for (Job& job : late) job.fail(expired());
}

void WorkerPool::serve(std::size_t index, std::size_t group_index) {
  Seat& seat = [&]() -> Seat& {
    const std::lock_guard lock(mutex_);
    return seats_[index];
  }();
  Worker& worker = *seat.worker;
  Group& group = groups_[group_index];
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (worker.session_ == nullptr) {
      lock.unlock();
      std::unique_ptr<Session> fresh = reconnect_.may_try() ? connect(worker.service_) : nullptr;
      lock.lock();
      worker.session_ = std::move(fresh);
      if (worker.session_ == nullptr) {
        lock.unlock();
        fail_stranded();
        lock.lock();
        stop_wake_.wait_for(lock, std::chrono::milliseconds(100), [this] { return stopping_; });
      }
      continue;
    }
    Job job;
    if (!take(group_index, job)) {
      group.idle.push_back(&seat);
      seat.wake.wait(lock);
      std::erase(group.idle, &seat);
      continue;
    }
    const bool late = clock_.now() >= job.expires;
    if (late) ++counts_.expired;
    lock.unlock();
    if (late) {
      job.fail(expired());
    } else {
      job.run(worker);
    }
    job = {};  // what it owns goes before the lock is taken
    std::unique_ptr<Session> dropped;
    lock.lock();
    if (worker.session_->broken() || worker.session_->in_transaction()) {
      dropped = std::move(worker.session_);
      lock.unlock();
      dropped.reset();
      lock.lock();
    }
  }
  seat.ended = true;
  ended_.notify_all();
}

void WorkerPool::stop(base::TimePoint deadline) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (Seat& seat : seats_) seat.wake.notify_all();
  stop_wake_.notify_all();
  lock.unlock();
  fail_waiting(stopping());
  lock.lock();
  const auto all_ended = [this] {
    return std::all_of(seats_.begin(), seats_.end(), [](const Seat& seat) { return seat.ended; });
  };
  while (!all_ended()) {
    if (ended_.wait_until(lock, std::max(deadline, clock_.now() + std::chrono::milliseconds(50)), all_ended))
      break;
    // A cancel that comes between two statements does nothing, so it is repeated until the thread ends.
    for (Seat& seat : seats_) {
      if (!seat.ended && seat.worker->session_ != nullptr) seat.worker->session_->cancel();
    }
  }
  lock.unlock();
  for (Seat& seat : seats_) {
    if (seat.thread.joinable()) seat.thread.join();
  }
}

PoolCounts WorkerPool::counts() const {
  const std::lock_guard lock(mutex_);
  PoolCounts counts = counts_;
  for (std::size_t lane = 0; lane < kLaneCount; ++lane) counts.waiting[lane] = waiting_[lane].size();
  for (const Seat& seat : seats_) counts.connected += seat.worker->session_ != nullptr ? 1 : 0;
  return counts;
}

}  // namespace freshet::postgres
