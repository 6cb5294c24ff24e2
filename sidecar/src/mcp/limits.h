#pragma once

#include <chrono>
#include <cstddef>

namespace freshet::mcp {

// What one agent may use of the gateway; those with a flag of `freshet serve` are set there (app/settings).
struct Limits {
  // Longest JSON text of a tool's or resource's value. A longer list is cut and says so; anything else longer
  // is `too_large`.
  std::size_t max_result_bytes = 64 * 1024;
  // Sessions of one caller, of all who are nobody together, and in all. Over it the one that was not used for
  // longest makes room; when all have a stream open or a request under way: 503.
  std::size_t max_sessions_per_caller = 100;
  std::size_t max_anonymous_sessions = 1000;
  std::size_t max_sessions = 10'000;
  // A session without a request and without an open stream for so long has ended.
  std::chrono::seconds idle_timeout{30 * 60};
  // Resource subscriptions of a session. One more: `overloaded`.
  std::size_t max_subscriptions = 200;
  // Requests of a session without an answer. One more: `overloaded`.
  std::size_t max_requests = 64;
  // Messages of one batch (revision 2025-03-26).
  std::size_t max_batch = 50;
  // Entries of one page of a list.
  std::size_t list_page = 100;
  // Events of a session that are kept for a client that comes back with Last-Event-ID.
  std::size_t max_kept_events = 256;
  std::size_t max_kept_bytes = 256 * 1024;
  // How long a subscription may wait for its first result.
  std::chrono::seconds subscribe_patience{30};
};

}  // namespace freshet::mcp
