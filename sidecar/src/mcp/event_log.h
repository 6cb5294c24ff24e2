#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "mcp/limits.h"

namespace freshet::mcp {

// What a session's stream has to tell, and has told lately: server-sent events with growing ids. What waits
// is coalesced, so that it is bounded by the session's subscriptions however slow or absent the reader is.
// Events that were given to a stream are kept, up to a bound, for a client that comes back; what may have
// been lost beyond that is made good by telling every subscription as changed. Not thread-safe.
class EventLog {
 public:
  explicit EventLog(const Limits& limits) : limits_(limits) {}

  void resource_updated(const std::string& uri) { updated_.insert(uri); }
  // Of tools, prompts and resources.
  void lists_changed() { lists_changed_ = true; }
  // `params` of notifications/message. Only the newest few wait.
  void message(std::string params);
  void forget(const std::string& uri) { updated_.erase(uri); }

  // A stream has been opened; `last`: the client has seen this event. True: events may be lost that were told
  // to an earlier stream, so all that the session is subscribed to counts as updated.
  bool open(std::optional<std::uint64_t> last);
  // The text of what this stream has not been given yet; empty: nothing.
  std::string take();
  // The first event of a stream, by which a client can come back before there is another.
  std::string priming() const;

 private:
  struct Event {
    std::uint64_t id;
    std::string text;
  };
  void add(std::string_view message);

  const Limits& limits_;
  std::set<std::string> updated_;
  bool lists_changed_ = false;
  std::deque<std::string> messages_;

  std::deque<Event> kept_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t newest_ = 0;  // id of the newest event; 0: there was none
  std::uint64_t sent_ = 0;    // the stream has been given all up to here
  bool opened_ = false;       // there was a stream
};

}  // namespace freshet::mcp
