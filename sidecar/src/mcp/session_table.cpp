#include "mcp/session_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "mcp/mutant.h"

namespace freshet::mcp {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::array<std::string_view, 8> kLevels{"debug", "info",     "notice", "warning",
                                                  "error", "critical", "alert",  "emergency"};

// A key with other scopes for the same subject is another caller.
std::string owner_of(const access::IdentityPtr& identity) {
  return identity ? identity->principal + "\n" + identity->api_key : std::string();
}

bool same_claims(const access::IdentityPtr& a, const access::IdentityPtr& b) {
  return a == b || (a && b && a->claims == b->claims && a->api_key == b->api_key);
}

Error no_session() { return {ErrorCode::kNotFound, "there is no such session; begin one with initialize"}; }

}  // namespace

std::optional<LogLevel> log_level(std::string_view text) {
  const auto found = std::find(kLevels.begin(), kLevels.end(), text);
  if (found == kLevels.end()) return std::nullopt;
  return static_cast<LogLevel>(found - kLevels.begin());
}

std::string_view name(LogLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

SessionTable::Session* SessionTable::at(const std::string& id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second.get();
}

// The one that is worth least to its caller goes: never used since it was begun, then not used for longest.
bool SessionTable::make_room(const std::string& owner, Calls& calls) {
  const Limits& limits = around_.limits;
  const std::size_t own = owner.empty() ? limits.max_anonymous_sessions : limits.max_sessions_per_caller;
  const auto counted = of_owner_.find(owner);
  const bool too_many = counted != of_owner_.end() && counted->second >= own;
  if (!too_many && sessions_.size() < limits.max_sessions) return true;
  const std::string* victim = nullptr;
  const Session* worst = nullptr;
  for (const auto& [id, session] : sessions_) {
    if (session->busy() || (too_many && session->owner != owner)) continue;
    const bool worse = worst == nullptr || std::pair(session->used_since_begun, session->used) <
                                               std::pair(worst->used_since_begun, worst->used);
    if (!worse) continue;
    victim = &id;
    worst = session.get();
  }
  if (victim == nullptr) return false;
  drop(std::string(*victim), calls);
  return true;
}

Result<std::string> SessionTable::begin(const access::IdentityPtr& identity, std::string version) {
  Calls calls;
  std::string id;
  {
    const std::lock_guard lock(mutex_);
    const std::string owner = owner_of(identity);
    if (closed_ || !make_room(owner, calls))
      return Error(ErrorCode::kOverloaded, "too many sessions are in use");
    id = around_.random.id();
    auto session = std::make_shared<Session>(*this, around_.clock.now());
    session->owner = owner;
    session->version = std::move(version);
    session->used = around_.clock.now();
    become(*session, identity);
    ++of_owner_[owner];
    sessions_.emplace(id, std::move(session));
  }
  for (const auto& call : calls) call();
  return id;
}

void SessionTable::become(Session& session, access::IdentityPtr identity) {
  session.identity = std::move(identity);
  session.identity_ends.reset();
  if (session.identity && session.identity->expires) {
    // From here on the steady clock counts: a wall clock that is set back must not lengthen an identity's
    // life.
    const auto left = std::max(*session.identity->expires - std::chrono::system_clock::now(),
                               std::chrono::system_clock::duration::zero());
    session.identity_ends = around_.clock.now() + std::chrono::duration_cast<base::Duration>(left);
  }
  if (session.connection != 0) around_.backend.set_identity(session.connection, session.identity);
}

Result<SessionTable::Found> SessionTable::find(const std::string& id, const access::IdentityPtr& identity) {
  const std::lock_guard lock(mutex_);
  Session* session = at(id);
  if (session == nullptr || (session->owner != owner_of(identity) && !mutant::kSessionOfAnybody))
    return no_session();
  if (const auto wait = session->rate.refused(around_.clock.now())) {
    return Error(ErrorCode::kRateLimited, "too many requests",
                 R"({"retry_after_ms":)" + std::to_string(wait->count()) + "}");
  }
  session->used = around_.clock.now();
  session->used_since_begun = true;
  if (!same_claims(session->identity, identity)) become(*session, identity);
  return Found{session->version, session->level};
}

bool SessionTable::end(const std::string& id, const access::IdentityPtr& identity) {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    const Session* session = at(id);
    if (session == nullptr || session->owner != owner_of(identity)) return false;
    drop(id, calls);
  }
  for (const auto& call : calls) call();
  return true;
}

void SessionTable::drop(const std::string& id, Calls& calls) {
  const auto node = sessions_.extract(id);
  if (node.empty()) return;
  const SessionPtr session = node.mapped();
  if (const auto counted = of_owner_.find(session->owner); --counted->second == 0) of_owner_.erase(counted);
  if (session->connection != 0) around_.backend.disconnect(session->connection);
  if (session->listener) session->listener->end();
  for (auto& [number, subscription] : session->subscriptions) {
    if (subscription.first) calls.push_back([done = std::move(subscription.first)] { done(no_session()); });
  }
  for (auto& [request, cancel] : session->requests) calls.push_back(std::move(cancel));
}

Result<void> SessionTable::request_began(const std::string& id, const std::string& request,
                                         std::function<void()> cancel) {
  const std::lock_guard lock(mutex_);
  Session* session = at(id);
  if (session == nullptr) return no_session();
  if (session->requests.size() >= around_.limits.max_requests)
    return Error(ErrorCode::kOverloaded, "too many requests without an answer");
  if (!session->requests.emplace(request, std::move(cancel)).second)
    return Error(ErrorCode::kProtocol, "a request with this id is waiting for its answer");
  return {};
}

void SessionTable::request_ended(const std::string& id, const std::string& request) {
  const std::lock_guard lock(mutex_);
  if (Session* session = at(id)) session->requests.erase(request);
}

void SessionTable::cancel(const std::string& id, const std::string& request) {
  std::function<void()> cancel;
  {
    const std::lock_guard lock(mutex_);
    Session* session = at(id);
    const auto found =
        session == nullptr ? decltype(session->requests)::iterator() : session->requests.find(request);
    if (session == nullptr || found == session->requests.end()) return;
    cancel = std::move(found->second);
    session->requests.erase(found);
  }
  cancel();
}

void SessionTable::set_level(const std::string& id, LogLevel level) {
  const std::lock_guard lock(mutex_);
  if (Session* session = at(id)) session->level = level;
}

void SessionTable::catalog_changed() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, session] : sessions_) {
    session->events.lists_changed();
    tell(*session);
  }
}

void SessionTable::tick() {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    const base::TimePoint now = around_.clock.now();
    std::vector<std::string> idle;
    for (auto& [id, session] : sessions_) {
      if (!session->busy() && now >= session->used + around_.limits.idle_timeout) idle.push_back(id);
      if (session->identity_ends && now >= *session->identity_ends) {
        // What is subscribed to is judged as nobody's; a request with a fresh token takes it from there.
        become(*session, nullptr);
        if (session->listener) std::exchange(session->listener, nullptr)->end();
      }
      std::vector<std::uint64_t> late;
      for (const auto& [number, subscription] : session->subscriptions) {
        if (subscription.first && now >= subscription.since + around_.limits.subscribe_patience)
          late.push_back(number);
      }
      for (const std::uint64_t number : late) {
        settle(*session, number, Error(ErrorCode::kOverloaded, "there was no result in time; try again"),
               calls);
      }
    }
    for (const std::string& id : idle) drop(id, calls);
  }
  for (const auto& call : calls) call();
}

void SessionTable::close() {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    while (!sessions_.empty()) drop(std::string(sessions_.begin()->first), calls);
  }
  for (const auto& call : calls) call();
}

std::size_t SessionTable::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace freshet::mcp
