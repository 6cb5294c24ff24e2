#pragma once

#include <memory>
#include <string>

// The two ends of a session's event stream. The server's connection pulls: so what a slow reader has not
// taken waits coalesced in the session and not as bytes.
namespace freshet::mcp {

// The connection's end. Any thread; never blocks and never throws.
class EventListener {
 public:
  virtual ~EventListener() = default;
  // There is something to take.
  virtual void wake() = 0;
  // Nothing will come any more: another stream took the place of this one, or the session has ended.
  virtual void end() = 0;
};

// The session's end. Any thread.
class EventSource {
 public:
  virtual ~EventSource() = default;
  // What the stream begins with, once.
  virtual std::string begin() = 0;
  // The text of the events that came since; empty: none.
  virtual std::string take() = 0;
  // The connection is gone.
  virtual void closed() = 0;
};

using EventSourcePtr = std::shared_ptr<EventSource>;

}  // namespace freshet::mcp
