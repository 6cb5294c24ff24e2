#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mcp/limits.h"

namespace freshet::server {

// Bounds and times of sockets and HTTP; those with a flag of `freshet serve` are set there (app/settings).
struct Limits {
  // Sockets and HTTP connections together. One more is answered 503 with Retry-After and closed.
  std::size_t max_connections = 20'000;
  // Longest message of a client. Longer: close 1009.
  std::size_t max_frame_bytes = 1024 * 1024;
  // Longest HTTP header and body. Longer: 431, 413.
  std::uint32_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 1024 * 1024;
  // Above `busy_bytes` waiting to be written a socket counts as slow: it is sent no transitions and not read
  // from until no more than `drained_bytes` wait.
  std::size_t busy_bytes = 256 * 1024;
  std::size_t drained_bytes = 64 * 1024;
  // A socket on which more would have to wait (answers still come while it is slow) is closed (1013).
  std::size_t max_waiting_bytes = 64 * 1024 * 1024;
  // From the accepted connection to a whole HTTP request; between requests of a kept connection; for the
  // answer to be taken.
  std::chrono::milliseconds http_timeout{30'000};
  // For the closing handshake of a WebSocket.
  std::chrono::milliseconds close_timeout{5'000};
  // A socket on which nothing came or went for this long, pings unanswered, is dead (noticed within 4/3 of
  // it). It is pinged after a third.
  std::chrono::milliseconds idle_timeout{20'000};
  // Requests that wait for another catalog, and how long at most.
  std::size_t max_catalog_waits = 64;
  std::chrono::seconds max_catalog_wait{60};
  // An event stream on which nothing else came is sent a comment, so that both ends notice the other's death.
  std::chrono::milliseconds stream_comment{15'000};
  // Sent with 503.
  std::chrono::seconds retry_after{5};
};

struct Settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: chosen by the system, see Server::port
  unsigned threads = 0;    // I/O threads; 0: one per core
  Limits limits;
  // "https://app.example.org"; "*" is any. An origin that is the host itself is always allowed where the host
  // is known.
  std::vector<std::string> allowed_origins;
  // Of pages that this machine serves, whatever their port: allowed, too.
  bool allow_local_origins = false;
  // Host names ("app.example.org", without port) under which this gateway is reached. Empty: any name is
  // answered, but only IP addresses and localhost count as known. Else a request under another name is
  // refused (421).
  std::vector<std::string> allowed_hosts;
  // Who shows this as bearer token may look inside (GET /admin/…). Empty: there are no such pages.
  std::string admin_token;
  // Agents: POST /mcp. False: there is no such page.
  bool mcp = true;
  mcp::Limits mcp_limits;
  // Takes a line for the log.
  std::function<void(const std::string&)> report = [](const std::string&) {};
  // Compressed messages: costs memory per socket and CPU; off unless bandwidth is what is short.
  bool compression = false;
};

}  // namespace freshet::server
