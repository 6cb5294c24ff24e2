#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "session/backend.h"

namespace freshet::server {

// HTTP requests that wait for another catalog than the one they know. Owned by the Server; ends with close(),
// after which it asks nothing of the backend and nobody waits. Any thread; the answers come on the thread of
// whoever lets them go, so they only hand themselves on.
class CatalogPush {
 public:
  // `context` runs the time limits of those that wait; it outlives this.
  CatalogPush(session::Backend& backend, boost::asio::io_context& context, std::size_t most)
      : backend_(backend), context_(context), timer_(context), most_(most) {}

  // From here on the backend tells of its catalogs; `beside` is called for each of them too, and returns at
  // once.
  void begin(std::function<void()> beside = [] {});
  // Calls `answer` once: when the catalog is not `known` any more, after `patience`, or at close(). False: as
  // many wait as may, and it is not called.
  bool wait(std::string known, std::chrono::seconds patience, std::function<void()> answer);
  void close();

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiter {
    std::string known;
    Clock::time_point until;
    std::function<void()> answer;
  };

  void changed();
  void arm();
  void release(const std::function<bool(const Waiter&)>& done);

  session::Backend& backend_;
  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;  // on the context's thread
  const std::size_t most_;
  std::mutex mutex_;
  std::list<Waiter> waiters_;
  bool closed_ = false;
};

}  // namespace freshet::server
