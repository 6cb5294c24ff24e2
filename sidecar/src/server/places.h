#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

#include "server/metrics.h"

namespace freshet::server {

// The limit of connections: each holds a place for as long as it lives. Any thread; outlived by whoever holds
// one.
class Places {
 public:
  Places(std::size_t limit, Metrics& metrics) : limit_(limit), metrics_(metrics) {}

  struct Place {
    std::shared_ptr<void> held;  // null: not even to be told so
    bool over_limit = false;     // to be told that there is no room
  };
  // Above the limit a few more are let in, to be answered 503.
  Place take();

  // Whether all were given back by then.
  bool wait_until_empty(std::chrono::steady_clock::time_point deadline);

 private:
  void give_back();

  const std::size_t limit_;
  Metrics& metrics_;
  std::mutex mutex_;
  std::condition_variable emptied_;
  std::size_t taken_ = 0;  // guarded by mutex_
};

}  // namespace freshet::server
