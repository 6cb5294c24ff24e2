// The part of the session table that is live: subscriptions and streams.
#include <utility>

#include "base/raw_json.h"
#include "mcp/mutant.h"
#include "mcp/session_table.h"

namespace freshet::mcp {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

// Hashes of values that a session has read are remembered for so many addresses.
constexpr std::size_t kMaxRead = 256;
// The revision of the protocol from which on clients expect an event without data first.
constexpr std::string_view kPrimingSince = "2025-11-25";
constexpr std::string_view kErrorBody = R"("error":)";
constexpr std::string_view kSameBody = R"("same":)";

Error error_in(std::string_view body) {
  Error error(ErrorCode::kInternal, "internal error");
  for (const base::JsonMember& member : base::trusted_object_members(body.substr(kErrorBody.size()))) {
    if (member.key == "details") error.details = member.value;
    if (member.key == "retryable") error.retryable = member.value == "true";
    const bool text = base::json_kind(member.value) == base::JsonKind::kString;
    const Result<std::string> value =
        text ? base::parse_json_string(member.value) : Result<std::string>(std::string());
    if (!text || !value) continue;
    if (member.key == "code") error.code = base::error_code_named(*value).value_or(ErrorCode::kInternal);
    if (member.key == "message") error.message = *value;
    if (member.key == "id") error.id = *value;
  }
  return error;
}

// Errors after which the caller has no business with the resource any more.
bool ends_access(ErrorCode code) {
  return code == ErrorCode::kForbidden || code == ErrorCode::kUnauthenticated ||
         code == ErrorCode::kNotFound || code == ErrorCode::kInvalidArguments;
}

}  // namespace

// What the backend holds of a session.
class SessionTable::Sink final : public session::SessionSink {
 public:
  Sink(std::weak_ptr<SessionTable> table, std::string id) : table_(std::move(table)), id_(std::move(id)) {}

  void opened(Result<session::Opened> opened) override {
    if (const auto table = table_.lock()) table->opened(id_, opened);
  }
  void transition(session::Transition transition) override {
    if (const auto table = table_.lock()) table->changed(id_, transition);
  }
  void refused(std::uint64_t number, Error error) override {
    if (const auto table = table_.lock()) table->refused(id_, number, error);
  }
  void close(session::CloseReason) override {
    if (const auto table = table_.lock()) table->connection_closed(id_);
  }
  void identity_ended(access::IdentityPtr identity, Error) override {
    if (const auto table = table_.lock()) table->identity_ended(id_, identity);
  }
  // Nothing is asked for on this connection that these would answer.
  void answer(std::uint64_t, session::Answer) override {}
  void authenticated(access::Authenticated) override {}

 private:
  const std::weak_ptr<SessionTable> table_;
  const std::string id_;
};

class SessionTable::Source final : public EventSource {
 public:
  Source(std::shared_ptr<SessionTable> table, std::string id, std::uint64_t stream)
      : table_(std::move(table)), id_(std::move(id)), stream_(stream) {}

  std::string begin() override { return table_->opening(id_, stream_); }
  std::string take() override { return table_->take(id_, stream_); }
  void closed() override { table_->stream_closed(id_, stream_); }

 private:
  const std::shared_ptr<SessionTable> table_;
  const std::string id_;
  const std::uint64_t stream_;
};

void SessionTable::open_connection(const std::string& id, Session& session) {
  if (session.connection != 0) return;
  session.connection = around_.next_connection();
  session::Hello hello;
  hello.identity = session.identity;
  around_.backend.open(session.connection, std::make_shared<Sink>(weak_from_this(), id), std::move(hello));
}

void SessionTable::subscribe(const std::string& id, const std::string& uri, session::Call call, Done done) {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    Session* session = at(id);
    const auto known =
        session == nullptr ? std::map<std::string, std::uint64_t>::iterator() : session->numbers.find(uri);
    if (session == nullptr) {
      calls.push_back([&] { done(Error(ErrorCode::kNotFound, "the session has ended")); });
    } else if (known != session->numbers.end()) {
      Subscription& twice = session->subscriptions.at(known->second);
      if (!twice.first) {
        calls.push_back([&] { done({}); });
      } else {
        twice.first = [first = std::move(twice.first), done](const Result<void>& result) {
          first(result);
          done(result);
        };
      }
    } else if (session->numbers.size() >= around_.limits.max_subscriptions) {
      calls.push_back([&] { done(Error(ErrorCode::kOverloaded, "too many subscriptions")); });
    } else {
      open_connection(id, *session);
      const std::uint64_t number = session->next_number++;
      session::Subscribe asked;
      asked.id = number;
      asked.call = std::move(call);
      // On a timeline of its own: a slow query holds up no other.
      asked.lockstep = false;
      const auto read = session->read.find(uri);
      if (read != session->read.end()) asked.have = read->second;
      session->numbers.emplace(uri, number);
      session->subscriptions.emplace(
          number, Subscription{uri, asked.have.has_value(), std::move(done), around_.clock.now()});
      around_.backend.subscribe(session->connection, std::move(asked));
    }
  }
  for (const auto& one : calls) one();
}

void SessionTable::drop_subscription(Session& session, std::uint64_t number) {
  const auto found = session.subscriptions.find(number);
  if (found == session.subscriptions.end()) return;
  session.numbers.erase(found->second.uri);
  session.subscriptions.erase(found);
  if (session.connection != 0) around_.backend.unsubscribe(session.connection, number);
}

void SessionTable::unsubscribe(const std::string& id, const std::string& uri) {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    Session* session = at(id);
    if (session == nullptr) return;
    session->events.forget(uri);
    const auto known = session->numbers.find(uri);
    if (known == session->numbers.end()) return;
    const std::uint64_t number = known->second;
    if (Done first = std::move(session->subscriptions.at(number).first)) {
      calls.push_back(
          [first = std::move(first)] { first(Error(ErrorCode::kConflict, "unsubscribed meanwhile")); });
    }
    drop_subscription(*session, number);
  }
  for (const auto& one : calls) one();
}

void SessionTable::note_read(const std::string& id, const std::string& uri, const std::string& hash) {
  const std::lock_guard lock(mutex_);
  Session* session = at(id);
  if (session == nullptr || hash.empty()) return;
  if (session->read.size() >= kMaxRead && !session->read.contains(uri)) session->read.clear();
  session->read[uri] = hash;
}

// The first result answers the subscription; an error then means that there is none.
void SessionTable::settle(Session& session, std::uint64_t number, const Result<void>& result, Calls& calls) {
  const auto found = session.subscriptions.find(number);
  if (found == session.subscriptions.end() || !found->second.first) return;
  calls.push_back([done = std::exchange(found->second.first, nullptr), result] { done(result); });
  if (!result) drop_subscription(session, number);
}

void SessionTable::opened(const std::string& id, const Result<session::Opened>& opened) {
  if (opened) return;
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    Session* session = at(id);
    if (session == nullptr) return;
    session->connection = 0;
    const auto subscriptions = std::exchange(session->subscriptions, {});
    session->numbers.clear();
    for (const auto& [number, subscription] : subscriptions) {
      if (subscription.first)
        calls.push_back([done = subscription.first, error = opened.error()] { done(error); });
    }
  }
  for (const auto& one : calls) one();
}

void SessionTable::changed(const std::string& id, const session::Transition& transition) {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    Session* session = at(id);
    if (session == nullptr) return;
    for (const session::Change& change : transition.changes) {
      const auto found = session->subscriptions.find(change.id);
      if (found == session->subscriptions.end() || !change.body) continue;
      const std::string_view body = *change.body;
      const bool failed = body.starts_with(kErrorBody);
      const Subscription& subscription = found->second;
      const std::string uri = subscription.uri;
      if (subscription.first) {
        // A value other than the one that was read is a change that the client does not know of.
        if (!failed && subscription.compared && !body.starts_with(kSameBody))
          session->events.resource_updated(uri);
        settle(*session, change.id, failed ? Result<void>(error_in(body)) : Result<void>(), calls);
        continue;
      }
      session->events.resource_updated(uri);
      if (!failed) continue;
      const Error error = error_in(body);
      if (!ends_access(error.code) || mutant::kRevokedStaysSubscribed) continue;
      log(*session, LogLevel::kWarning, "the subscription of " + uri + " has ended: " + error.message);
      drop_subscription(*session, change.id);
    }
    tell(*session);
  }
  for (const auto& one : calls) one();
}

void SessionTable::refused(const std::string& id, std::uint64_t number, const Error& error) {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    if (Session* session = at(id)) {
      const auto found = session->subscriptions.find(number);
      if (found != session->subscriptions.end() && !found->second.first) {
        session->events.resource_updated(found->second.uri);
        drop_subscription(*session, number);
        tell(*session);
      }
      settle(*session, number, error, calls);
    }
  }
  for (const auto& one : calls) one();
}

void SessionTable::connection_closed(const std::string& id) {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    drop(id, calls);
  }
  for (const auto& one : calls) one();
}

void SessionTable::identity_ended(const std::string& id, const access::IdentityPtr& identity) {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    const Session* session = at(id);
    if (session == nullptr || identity == nullptr || session->identity != identity) return;
    drop(id, calls);
  }
  for (const auto& one : calls) one();
}

EventSourcePtr SessionTable::listen(const std::string& id, std::optional<std::uint64_t> last,
                                    std::shared_ptr<EventListener> listener) {
  const std::lock_guard lock(mutex_);
  Session* session = at(id);
  if (session == nullptr) return nullptr;
  // A client whose stream broke comes back before the break is noticed here.
  if (session->listener) session->listener->end();
  session->listener = std::move(listener);
  // By its connection the backend tells when the key is revoked.
  if (session->identity && !session->identity->api_key.empty()) open_connection(id, *session);
  if (session->events.open(last)) {
    for (const auto& [number, subscription] : session->subscriptions) {
      if (!subscription.first && !mutant::kMissedWithoutStream)
        session->events.resource_updated(subscription.uri);
    }
    session->events.lists_changed();
  }
  return std::make_shared<Source>(shared_from_this(), id, ++session->stream);
}

std::string SessionTable::opening(const std::string& id, std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  Session* session = at(id);
  const bool primed = session != nullptr && session->stream == stream && session->version >= kPrimingSince;
  // A comment makes proxies and clients see the header at once.
  return primed ? session->events.priming() : ": open\n\n";
}

std::string SessionTable::take(const std::string& id, std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  Session* session = at(id);
  if (session == nullptr || session->stream != stream || !session->listener) return {};
  return session->events.take();
}

void SessionTable::stream_closed(const std::string& id, std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  Session* session = at(id);
  if (session == nullptr || session->stream != stream) return;
  session->listener = nullptr;
  session->used = around_.clock.now();
}

void SessionTable::log(Session& session, LogLevel level, const std::string& text) {
  if (level < session.level) return;
  session.events.message(R"({"level":")" + std::string(name(level)) + R"(","logger":"freshet","data":)" +
                         base::json_string(text) + "}");
}

}  // namespace freshet::mcp
