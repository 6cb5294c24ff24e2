#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace freshet::server {

// What the edge counts. Any thread; each counter is on its own and says nothing about the order of the
// others.
struct Metrics {
  std::atomic<std::int64_t> connections{0};  // open now, HTTP and sockets
  std::atomic<std::int64_t> sockets{0};      // open now
  std::atomic<std::int64_t> streams{0};      // event streams of agents, open now
  std::atomic<std::uint64_t> refused{0};     // over max_connections
  std::atomic<std::uint64_t> handshakes_refused{0};
  std::atomic<std::uint64_t> origins_refused{0};  // requests of pages that may not connect
  std::atomic<std::uint64_t> frames_in{0};
  std::atomic<std::uint64_t> frames_out{0};
  std::atomic<std::uint64_t> bytes_out{0};
  std::atomic<std::uint64_t> writes{0};  // system calls; frames_out / writes is how well frames are gathered
  std::atomic<std::uint64_t> slow{0};    // times that a socket became slow
  std::atomic<std::uint64_t> dead{0};    // closed because nothing came or went
  std::atomic<std::uint64_t> overflowed{0};  // closed because too much waited
  std::atomic<std::uint64_t> http_requests{0};
  std::atomic<std::uint64_t> tokens_refused{0};  // over HTTP
  std::atomic<std::uint64_t> faults{0};          // exceptions that reached an I/O thread

  // In the text format of Prometheus.
  std::string text() const;
};

inline void count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace freshet::server
