#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "fake_backend.h"
#include "server/server.h"
#include "test_client.h"

namespace freshet::server {

// A server on a port that the system chose, with a fake backend behind it.
class RunningServer {
 public:
  explicit RunningServer(Settings settings = {}, session::SessionRules rules = {}) : rules(std::move(rules)) {
    settings.port = 0;
    settings.threads = 2;
    this->rules.server.max_frame_bytes = settings.limits.max_frame_bytes;
    server.emplace(std::move(settings), this->rules, backend, metrics);
    if (const auto listening = server->listen(); !listening)
      throw std::runtime_error(listening.error().message);
    server->run();
  }
  ~RunningServer() { server->stop(std::chrono::milliseconds(2000)); }

  TestClient client(int receive_buffer = 0) { return TestClient(server->port(), receive_buffer); }

  // Waits for what no condition variable tells.
  static bool eventually(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  session::SessionRules rules;
  FakeBackend backend;
  Metrics metrics;
  std::optional<Server> server;
};

}  // namespace freshet::server
