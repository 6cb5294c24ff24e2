#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "mcp/catalog.h"
#include "mcp/exchange.h"
#include "mcp/message.h"
#include "mcp/methods.h"
#include "mcp/session_table.h"

namespace freshet::mcp {

// What of an HTTP request concerns the protocol, once its caller is known.
struct Headers {
  std::optional<std::string> session;  // Mcp-Session-Id
  std::optional<std::string> version;  // MCP-Protocol-Version
  std::optional<std::string> idempotency_key;
  std::optional<std::string> last_event;  // Last-Event-ID
  bool takes_events = false;              // Accept
  access::IdentityPtr identity;
};

// The Model Context Protocol over streamable HTTP, without the HTTP. Every method may be called from any
// thread; owned by the Server.
class Endpoint {
 public:
  explicit Endpoint(Surroundings around);
  ~Endpoint() { close(); }

  // POST: one message, or for revision 2025-03-26 several. `done` is called once, at once or later from any
  // thread.
  void post(Headers headers, std::string body, std::function<void(Reply)> done);
  // GET: the session's stream.
  std::variant<EventSourcePtr, Reply> listen(const Headers& headers, std::shared_ptr<EventListener> listener);
  // DELETE: the end of the session.
  Reply end(const Headers& headers);

  void catalog_changed();
  // Every second or so.
  void tick() { table_->tick(); }
  void close() { table_->close(); }
  std::size_t sessions() const { return table_->size(); }

 private:
  std::variant<SessionTable::Found, Reply> session_of(const Headers& headers);
  void begin(const Headers& headers, const Message& message, std::function<void(Reply)> done);
  void answer(const std::shared_ptr<Exchange>& exchange, const Headers& headers, LogLevel level,
              Message message);
  std::shared_ptr<const Catalog> catalog();

  const Surroundings around_;
  const std::shared_ptr<SessionTable> table_;
  std::mutex catalog_mutex_;
  std::shared_ptr<const Catalog> catalog_;  // the newest that was asked for; guarded by catalog_mutex_
};

}  // namespace freshet::mcp
