#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "postgres/connection.h"
#include "postgres/reconnect.h"
#include "postgres/service_session.h"

namespace freshet::postgres {

// What work is for. Each lane has workers of its own, so that none can starve another: mutations not the live
// queries, slow runs not the epochs, and the messages of the epoch loop wait behind nothing. Shared workers
// take from the three lanes in the middle.
enum class Lane : std::uint8_t {
  kEpoch,    // an epoch holds its worker for as long as it is open
  kSlow,     // runs on an epoch's exported snapshot
  kOneShot,  // queries that are not served from live results
  kMutation,
  kControl,    // control messages, in order: one worker
  kService,    // catalog, sessions, records, checks
  kScheduled,  // attempts of freshet's jobs
};
inline constexpr std::size_t kLaneCount = 7;

class WorkerPool;

// One thread with one database session, as a job sees it: a ServiceSession on lane kService, a Connection on
// the others; to ask for the wrong one throws. Valid only during the job.
class Worker {
 public:
  Connection& connection() { return dynamic_cast<Connection&>(*session_); }
  ServiceSession& service() { return dynamic_cast<ServiceSession&>(*session_); }
  // A fresh session in place of a broken one; false when there is none before `until` or the pool stops.
  bool reconnect(base::TimePoint until);
  // Waits; false when the pool stops meanwhile.
  bool pause(base::Duration duration);

 private:
  friend class WorkerPool;
  Worker(WorkerPool& pool, bool service) : pool_(pool), service_(service) {}
  WorkerPool& pool_;
  const bool service_;
  std::unique_ptr<Session> session_;
};

// Exactly one of the two is called, on a worker's thread or in submit(). `run` leaves the connection outside
// of any transaction, else it is dropped.
struct Job {
  base::TimePoint expires;
  std::function<void(Worker&)> run;
  std::function<void(base::Error)> fail;
};

struct PoolOptions {
  ConnectOptions connect;
  std::array<int, kLaneCount> reserved{4, 2, 1, 2, 1, 1, 0};
  int shared = 2;
  std::size_t queue = 1000;  // jobs waiting per lane; one more is `overloaded`
};

struct PoolCounts {
  std::uint64_t connects = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t refused = 0;
  std::uint64_t expired = 0;
  std::array<std::size_t, kLaneCount> waiting{};
  std::size_t connected = 0;
};

// A fixed set of database sessions, each with its thread. submit() from any thread; stop() once, by the
// owner.
class WorkerPool {
 public:
  WorkerPool(PoolOptions options, const base::Clock& clock, Reconnect& reconnect);
  ~WorkerPool();

  // Fails the job at once when its lane's queue is full, or when the server is away and no worker that could
  // take it has a connection.
  void submit(Lane lane, Job job);

  // Fails what waits, lets what runs end until `deadline`, then cancels it.
  void stop(base::TimePoint deadline);

  PoolCounts counts() const;
  const base::Clock& clock() const { return clock_; }

 private:
  friend class Worker;
  struct Seat {
    std::unique_ptr<Worker> worker;
    std::thread thread;
    std::condition_variable wake;
    std::size_t group = 0;
    bool ended = false;
  };
  // Workers that serve the same lanes. The one that worked last is woken first: its session's plans and
  // caches are warm.
  struct Group {
    std::vector<Seat*> idle;
  };
  void serve(std::size_t seat, std::size_t group);
  bool take(std::size_t group, Job& job);
  static bool wake_one(Group& group);          // under the lock; false: none is idle
  bool connected_for(std::size_t lane) const;  // under the lock
  void fail_waiting(const base::Error& error);
  // What no worker can take while the server is away, and what has waited too long.
  void fail_stranded();
  std::unique_ptr<Session> connect(bool service);

  const PoolOptions options_;
  const base::Clock& clock_;
  Reconnect& reconnect_;

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::condition_variable stop_wake_;
  std::array<std::deque<Job>, kLaneCount> waiting_;
  std::array<Group, kLaneCount + 1> groups_;  // the last one is shared
  std::deque<Seat> seats_;                    // they don't move
  bool stopping_ = false;
  PoolCounts counts_;
};

}  // namespace freshet::postgres
