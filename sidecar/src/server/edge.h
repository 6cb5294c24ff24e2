#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <unordered_set>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "server/catalog_push.h"
#include "server/limits.h"
#include "server/mailbox.h"
#include "server/metrics.h"
#include "session/backend.h"
#include "session/client_session.h"

namespace freshet::mcp {
class Endpoint;
}

namespace freshet::server {

// What all connections share. Owned by the Server, outlives them; the referenced objects outlive the Server.
struct Edge {
  Settings settings;
  const session::SessionRules& rules;
  session::Backend& backend;
  Metrics& metrics;
  CatalogPush* catalog_push = nullptr;  // set before the first connection
  mcp::Endpoint* mcp = nullptr;         // likewise; null: agents are not served
  std::atomic<bool> stopping{false};
  std::atomic<session::ConnectionId> next_connection{1};
};

// A connection as its I/O thread sees it; kept alive by its own pending operations. Every method on that
// thread.
class Connection {
 public:
  virtual ~Connection() = default;
  // Ends in good order: answers what it has begun, says goodbye.
  virtual void stop() = 0;
  // Ends now.
  virtual void abort() = 0;
};

// One thread, its context, and the connections that live on it for their whole lives: what runs there needs
// no locks.
struct IoThread {
  // Touched on the thread, and after it has ended. First member: connections that die with the context take
  // themselves out.
  std::unordered_set<Connection*> connections;
  boost::asio::io_context context{1};
  const std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>(context);
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

// Keeps a connection's entry in its thread's set, and the gauge, right for as long as it lives.
class Registration {
 public:
  Registration(IoThread& thread, Connection* connection, std::atomic<std::int64_t>& gauge)
      : thread_(thread), connection_(connection), gauge_(gauge) {
    thread_.connections.insert(connection_);
    gauge_.fetch_add(1, std::memory_order_relaxed);
  }
  ~Registration() {
    thread_.connections.erase(connection_);
    gauge_.fetch_sub(1, std::memory_order_relaxed);
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  IoThread& thread_;
  Connection* connection_;
  std::atomic<std::int64_t>& gauge_;
};

}  // namespace freshet::server
