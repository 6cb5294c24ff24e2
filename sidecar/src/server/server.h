#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "server/limits.h"
#include "server/metrics.h"
#include "session/backend.h"
#include "session/client_session.h"

namespace freshet::server {

// The sockets of the gateway: WebSocket and HTTP on one port, one I/O thread per core. Construct, listen(),
// run(), stop(). Everything given to it outlives it. After stop() returned it calls the backend no more.
class Server {
 public:
  Server(Settings settings, const session::SessionRules& rules, session::Backend& backend, Metrics& metrics);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds. The error says which address, and why not.
  base::Result<void> listen();
  // The port that it listens on.
  std::uint16_t port() const;
  // Starts to accept, on threads of its own.
  void run();
  // Accepts no more, lets HTTP answers that have begun go out and sockets say goodbye (1001), for at most
  // `grace`; then ends what is left. Blocks until the threads have ended. Not from an I/O thread.
  void stop(std::chrono::milliseconds grace);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace freshet::server
