#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/identity.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "mcp/event_log.h"
#include "mcp/events.h"
#include "mcp/limits.h"
#include "session/backend.h"
#include "session/client_session.h"
#include "session/rate_limit.h"

namespace freshet::mcp {

// The severities of the protocol, the least first.
enum class LogLevel { kDebug, kInfo, kNotice, kWarning, kError, kCritical, kAlert, kEmergency };
std::optional<LogLevel> log_level(std::string_view name);
std::string_view name(LogLevel level);

// Everything of the gateway that agents' sessions are built on. Outlives them.
struct Surroundings {
  session::Backend& backend;
  const session::SessionRules& rules;
  Limits limits;
  base::Random& random;
  const base::Clock& clock;
  std::function<session::ConnectionId()> next_connection;
  std::function<void(const std::string&)> report;  // a line for the log
};

// The sessions of agents: who may use each, what it is subscribed to, what its stream has to tell. Each
// belongs to the caller who began it (issuer and subject, or the API key): to everybody else it does not
// exist.
//
// Any thread; one lock, held for short. Held as a shared_ptr, so that the backend may still talk to it while
// it is given up.
class SessionTable : public std::enable_shared_from_this<SessionTable> {
 public:
  explicit SessionTable(const Surroundings& around) : around_(around) {}

  // A new session's id. The error is `overloaded`.
  base::Result<std::string> begin(const access::IdentityPtr& identity, std::string version);

  struct Found {
    std::string version;
    LogLevel level;
  };
  // The session, when it is this caller's, who is then who it acts for. The error: there is none
  // (`not_found`), or it asks too often (`rate_limited`).
  base::Result<Found> find(const std::string& id, const access::IdentityPtr& identity);
  // False: there is no such session of this caller.
  bool end(const std::string& id, const access::IdentityPtr& identity);

  // A request without an answer yet; `cancel` is called, once, when the client does not want it any more. The
  // error: its id is in use, or there are too many.
  base::Result<void> request_began(const std::string& id, const std::string& request,
                                   std::function<void()> cancel);
  void request_ended(const std::string& id, const std::string& request);
  void cancel(const std::string& id, const std::string& request);

  void set_level(const std::string& id, LogLevel level);

  // Subscribes the session to the address, which is this call. `done` is called once, when the call has a
  // first result: from then on every change of it is told. The error is that result's.
  void subscribe(const std::string& id, const std::string& uri, session::Call call,
                 std::function<void(base::Result<void>)> done);
  void unsubscribe(const std::string& id, const std::string& uri);
  // The session has been given the value of this hash for the address: a change between that and a
  // subscription is told too.
  void note_read(const std::string& id, const std::string& uri, const std::string& hash);

  // The session's stream, in place of the one it had. `last`: Last-Event-ID. Call after find().
  EventSourcePtr listen(const std::string& id, std::optional<std::uint64_t> last,
                        std::shared_ptr<EventListener> listener);

  // Another catalog: every session's lists may have changed.
  void catalog_changed();
  // Every second or so: ends what has ended.
  void tick();
  // Every stream ends, and nothing is asked of the backend any more.
  void close();

  std::size_t size() const;

 private:
  class Sink;
  class Source;
  using Done = std::function<void(base::Result<void>)>;
  // Run without the lock, since they call back.
  using Calls = std::vector<std::function<void()>>;

  struct Subscription {
    std::string uri;
    bool compared = false;  // with a value that the client has read
    Done first;             // null: it was answered
    base::TimePoint since;
  };
  struct Session {
    Session(const SessionTable& table, base::TimePoint now)
        : events(table.around_.limits),
          rate(table.around_.rules.limits.rate_per_second, table.around_.rules.limits.rate_burst, now) {}

    std::string owner;
    std::string version;
    access::IdentityPtr identity;
    std::optional<base::TimePoint> identity_ends;
    LogLevel level = LogLevel::kInfo;
    base::TimePoint used;
    bool used_since_begun = false;
    std::map<std::string, std::function<void()>> requests;

    session::ConnectionId connection = 0;  // 0: the backend does not know it
    std::uint64_t next_number = 1;
    std::map<std::uint64_t, Subscription> subscriptions;
    std::map<std::string, std::uint64_t> numbers;  // by address
    std::map<std::string, std::string> read;       // hash of the value that was read last, by address

    EventLog events;
    session::RateLimit rate;
    std::shared_ptr<EventListener> listener;
    std::uint64_t stream = 0;  // counts the streams

    bool busy() const { return listener != nullptr || !requests.empty(); }
  };
  using SessionPtr = std::shared_ptr<Session>;

  Session* at(const std::string& id);
  bool make_room(const std::string& owner, Calls& calls);
  void become(Session& session, access::IdentityPtr identity);
  void open_connection(const std::string& id, Session& session);
  void drop(const std::string& id, Calls& calls);
  void drop_subscription(Session& session, std::uint64_t number);
  void settle(Session& session, std::uint64_t number, const base::Result<void>& result, Calls& calls);
  void tell(Session& session) {
    if (session.listener) session.listener->wake();
  }
  void log(Session& session, LogLevel level, const std::string& text);

  // From the sinks.
  void opened(const std::string& id, const base::Result<session::Opened>& opened);
  void changed(const std::string& id, const session::Transition& transition);
  void refused(const std::string& id, std::uint64_t number, const base::Error& error);
  void connection_closed(const std::string& id);
  void identity_ended(const std::string& id, const access::IdentityPtr& identity);
  // From the sources.
  std::string opening(const std::string& id, std::uint64_t stream);
  std::string take(const std::string& id, std::uint64_t stream);
  void stream_closed(const std::string& id, std::uint64_t stream);

  const Surroundings& around_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, SessionPtr> sessions_;
  std::unordered_map<std::string, std::size_t> of_owner_;
  bool closed_ = false;
};

}  // namespace freshet::mcp
