#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace freshet::session {

// What one session may ask for; those with a flag of `freshet serve` are set there (app/settings).
struct Limits {
  // Longest `args` or `page` of one call. Longer: `too_large`.
  std::size_t max_args_bytes = 256 * 1024;
  // Open subscriptions. One more: `overloaded`.
  std::size_t max_subscriptions = 1000;
  // Queries, mutations and actions without an answer, mutations that wait for their turn included. One more:
  // `overloaded`.
  std::size_t max_requests = 256;
  // Queries of one batch over HTTP. One more: `too_large`.
  std::size_t max_batch = 100;
  // Entries of `hello.pending`. More: `protocol`.
  std::size_t max_pending = 10'000;
  // Longest `ping.data`. Longer: `protocol`.
  std::size_t max_ping_bytes = 1024;
  // Frames per second over a long time, and at once, of auth, subscribe, query, mutate and act. Above:
  // `rate_limited` with details.retry_after_ms. 0 per second: no limit.
  std::uint32_t rate_per_second = 1000;
  std::uint32_t rate_burst = 4000;
  // So many frames refused by the rate in a row: the socket is closed (1008).
  std::uint32_t max_refused_in_a_row = 4000;
  // The time a client has for its `hello`.
  std::chrono::milliseconds hello_deadline{10'000};
};

}  // namespace freshet::session
