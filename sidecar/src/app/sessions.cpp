#include "app/sessions.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "app/mutant.h"
#include "base/canonical_json.h"
#include "session/exposure.h"

namespace freshet::app {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

live::ClaimsPtr claims_of(const access::IdentityPtr& identity) {
  if (!identity) return live::Claims::anonymous();
  auto claims = live::Claims::parse(identity->claims);
  // The verifier wrote canonical JSON: anything else is a fault of ours, and nobody gains rights by it.
  if (!claims) spdlog::error("claims of a verified token could not be read");
  return claims ? *std::move(claims) : live::Claims::anonymous();
}

Error key_ended() {
  return {ErrorCode::kUnauthenticated, "the API key is not valid any more", R"({"reason":"revoked"})"};
}

session::Bytes error_body(const std::string& error) {
  return std::make_shared<const std::string>("\"error\":" + error);
}

}  // namespace

Result<live::Call> live_call(const session::Call& call) {
  Result<std::string> args = base::canonical_json(call.args);
  if (!args) return std::move(args).error();
  live::Call out{call.path, *std::move(args), {}};
  if (call.page) {
    Result<std::string> page = base::canonical_json(*call.page);
    if (!page) return std::move(page).error();
    out.page = *std::move(page);
  }
  return out;
}

Sessions::Connection* Sessions::find(session::ConnectionId id) {
  const auto at = connections_.find(id);
  return at == connections_.end() ? nullptr : &at->second;
}

void Sessions::open(session::ConnectionId id, std::shared_ptr<session::SessionSink> sink,
                    session::Hello hello) {
  if (driver_.state() == nullptr) {
    return sink->opened(
        Error(ErrorCode::kOverloaded, "the gateway has not reached its database yet; try again"));
  }
  Connection& connection = connections_[id];
  connection.sink = std::move(sink);
  connection.identity = std::move(hello.identity);
  connection.claims = claims_of(connection.identity);
  driver_.state()->session_opened(driver_.now(), {id, connection.claims, hello.session.has_value()});
  // Nothing may be sent before the welcome.
  driver_.state()->session_busy(driver_.now(), id);
  if (!hello.session) return take_new(id);
  records_.floor(
      *hello.session, [this, id, session = *hello.session](Result<std::optional<std::uint64_t>> floor) {
        if (!floor)
          return refuse_open(id, Error(ErrorCode::kOverloaded, "the database can't be reached; try again"));
        if (!*floor) return take_new(id);
        opened(id, session, true, **floor);
      });
}

void Sessions::take_new(session::ConnectionId id) {
  records_.take([this, id](Result<std::string> session) {
    if (!session) return refuse_open(id, std::move(session).error());
    opened(id, *std::move(session), false, 0);
  });
}

void Sessions::refuse_open(session::ConnectionId id, Error error) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  connection->sink->opened(std::move(error));
  disconnect(id);
}

void Sessions::opened(session::ConnectionId id, std::string session, bool resumed, std::uint64_t floor) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  if (const auto holder = holders_.find(session); holder != holders_.end() && holder->second != id) {
    const session::ConnectionId other = holder->second;
    if (Connection* replaced = find(other)) replaced->sink->close(session::CloseReason::kReplaced);
    disconnect(other);
  }
  holders_[session] = id;
  connection->session = session;
  connection->last_to = driver_.state()->epoch();
  connection->sink->opened(session::Opened{std::move(session), connection->last_to, resumed, floor});
  update_quiet(id, *connection);
  send_own_changes(*connection);
}

bool Sessions::is_held(const Connection& connection) const {
  return keys_held_ && connection.identity && !connection.identity->api_key.empty();
}

void Sessions::update_quiet(session::ConnectionId id, Connection& connection) {
  const bool quiet = connection.session.empty() || !connection.writable || is_held(connection);
  if (connection.quiet == quiet) return;
  connection.quiet = quiet;
  if (quiet) {
    driver_.state()->session_busy(driver_.now(), id);
  } else {
    driver_.state()->session_drained(driver_.now(), id);
  }
}

void Sessions::set_identity(session::ConnectionId id, access::IdentityPtr identity) {
  Connection* connection = find(id);
  if (connection == nullptr || connection->identity == identity) return;
  settle_decided();
  connection = find(id);
  if (connection == nullptr) return;
  connection->identity = std::move(identity);
  connection->claims = claims_of(connection->identity);
  driver_.state()->identity_changed(driver_.now(), id, connection->claims);
  for (auto& [number, subscription] : connection->subscriptions)
    judge(id, *connection, number, subscription, {});
  update_quiet(id, *connection);
  send_own_changes(*connection);
  if (!is_held(*connection)) run_delayed(id);
}

void Sessions::subscribe(session::ConnectionId id, session::Subscribe asked) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  Result<live::Call> call = live_call(asked.call);
  if (!call) return connection->sink->refused(asked.id, std::move(call).error());
  Subscription& subscription = connection->subscriptions[asked.id];
  subscription = {};
  subscription.call = *std::move(call);
  subscription.lockstep = asked.lockstep;
  judge(id, *connection, asked.id, subscription, std::move(asked.have));
  send_own_changes(*connection);
}

// Whether the subscription may be live, under identity and catalog as they are now; an error takes its place
// otherwise.
void Sessions::judge(session::ConnectionId id, Connection& connection, std::uint64_t number,
                     Subscription& subscription, std::optional<std::string> have) {
  const FunctionTraits* traits = catalog_ ? catalog_->find(subscription.call.path) : nullptr;
  const auto refused = session::admit(traits ? &traits->info : nullptr, subscription.call.path,
                                      session::Kind::kQuery, connection.identity.get());
  live::LiveState& state = *driver_.state();
  const bool stale = subscription.traits && (refused || !(*subscription.traits == *traits));
  if (stale) {
    state.unsubscribe(driver_.now(), id, number);
    subscription.traits.reset();
  }
  if (refused) {
    std::string error = base::to_json(*refused);
    if (subscription.refusal == error) return;
    connection.own_changes[number] = error_body(error);
    subscription.refusal = std::move(error);
    return;
  }
  if (subscription.traits) return;
  subscription.refusal.clear();
  subscription.traits = *traits;
  connection.own_changes.erase(number);
  live::Subscribe event;
  event.session = id;
  event.id = number;
  event.call = subscription.call;
  event.guarded = traits->guarded;
  event.lockstep = subscription.lockstep.value_or(traits->lockstep);
  event.have = std::move(have);
  event.deadline = calls_.deadline_of(*traits);
  state.subscribe(driver_.now(), std::move(event));
}

void Sessions::send_own_changes(Connection& connection) {
  if (connection.own_changes.empty() || connection.quiet) return;
  session::Transition lockstep;
  lockstep.from = lockstep.to = connection.last_to;
  session::Transition apart;
  for (auto& [number, body] : std::exchange(connection.own_changes, {})) {
    const auto at = connection.subscriptions.find(number);
    const bool own_time = at != connection.subscriptions.end() && at->second.lockstep == std::optional(false);
    (own_time ? apart : lockstep).changes.push_back({number, body});
  }
  if (!lockstep.changes.empty()) connection.sink->transition(std::move(lockstep));
  if (!apart.changes.empty()) connection.sink->transition(std::move(apart));
}

void Sessions::unsubscribe(session::ConnectionId id, std::uint64_t number) {
  Connection* connection = find(id);
  if (connection == nullptr || connection->subscriptions.erase(number) == 0) return;
  connection->own_changes.erase(number);
  driver_.state()->unsubscribe(driver_.now(), id, number);
}

void Sessions::query(session::ConnectionId id, std::uint64_t request, session::Call call) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  if (is_held(*connection)) {
    return connection->delayed.push_back(
        [this, id, request, call = std::move(call)] { query(id, request, call); });
  }
  const FunctionTraits* traits = catalog_ ? catalog_->find(call.path) : nullptr;
  if (auto refused = session::admit(traits ? &traits->info : nullptr, call.path, session::Kind::kQuery,
                                    connection->identity.get())) {
    return connection->sink->answer(request, *std::move(refused));
  }
  Result<live::Call> canonical = live_call(call);
  if (!canonical) return connection->sink->answer(request, std::move(canonical).error());
  Calls::Query query{
      call.path, std::move(canonical->args), std::move(canonical->page), connection->claims, id, *traits};
  calls_.query(std::move(query), [this, id, request](session::Answer answer) {
    if (Connection* still = find(id)) still->sink->answer(request, std::move(answer));
  });
}

void Sessions::mutate(session::ConnectionId id, std::uint64_t request, session::Call call,
                      const access::IdentityPtr& identity) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  if (is_held(*connection)) {
    return connection->delayed.push_back(
        [this, id, request, call = std::move(call), identity] { mutate(id, request, call, identity); });
  }
  if (identity && identity == connection->ended) return connection->sink->answer(request, key_ended());
  const FunctionTraits* traits = catalog_ ? catalog_->find(call.path) : nullptr;
  if (auto refused = session::admit(traits ? &traits->info : nullptr, call.path, session::Kind::kMutation,
                                    identity.get())) {
    return connection->sink->answer(request, *std::move(refused));
  }
  Calls::Mutation mutation{std::move(call.path), std::move(call.args), identity ? identity->claims : "null",
                           access::principal_of(identity), *traits};
  calls_.mutate(connection->session, request, std::move(mutation),
                [this, id, request](Result<postgres::MutationResult> result) {
                  Connection* still = find(id);
                  if (still == nullptr) return;
                  if (!result) return still->sink->answer(request, std::move(result).error());
                  driver_.state()->mutation_committed(driver_.now(), {id, request, result->xid});
                  session::Outcome outcome;
                  outcome.value =
                      session::Part(std::make_shared<const std::string>(std::move(result->value)));
                  outcome.replayed = result->replayed;
                  outcome.notices = std::move(result->notices);
                  still->sink->answer(request, std::move(outcome));
                });
}

void Sessions::act(session::ConnectionId id, std::uint64_t request, const session::Call& call) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  const FunctionTraits* traits = catalog_ ? catalog_->find(call.path) : nullptr;
  auto refused = session::admit(traits ? &traits->info : nullptr, call.path, session::Kind::kAction,
                                connection->identity.get());
  connection->sink->answer(
      request, refused ? *std::move(refused) : Error(ErrorCode::kNotFound, "no action is registered"));
}

void Sessions::ack(session::ConnectionId id, std::uint64_t upto) {
  const Connection* connection = find(id);
  if (connection != nullptr && !connection->session.empty()) records_.ack(connection->session, upto);
}

void Sessions::set_writable(session::ConnectionId id, bool writable) {
  Connection* connection = find(id);
  if (connection == nullptr || connection->writable == writable) return;
  connection->writable = writable;
  update_quiet(id, *connection);
  send_own_changes(*connection);
}

void Sessions::disconnect(session::ConnectionId id) {
  const auto node = connections_.extract(id);
  if (node.empty()) return;
  const auto holder = holders_.find(node.mapped().session);
  if (holder != holders_.end() && holder->second == id) holders_.erase(holder);
  driver_.state()->session_closed(driver_.now(), id);
}

void Sessions::use_catalog(std::shared_ptr<const CatalogVersion> catalog) {
  settle_decided();
  catalog_ = std::move(catalog);
  for (auto& [id, connection] : connections_) {
    for (auto& [number, subscription] : connection.subscriptions)
      judge(id, connection, number, subscription, {});
    send_own_changes(connection);
  }
}

void Sessions::deliver(live::Deliver action) {
  Connection* connection = find(action.session);
  if (connection == nullptr) return;
  session::Transition transition;
  if (!action.to.empty()) {
    transition.from = std::exchange(connection->last_to, action.to);
    transition.to = std::move(action.to);
  }
  transition.changes.reserve(action.changes.size());
  for (live::Change& change : action.changes)
    transition.changes.push_back({change.subscription, std::move(change.body)});
  transition.includes = std::move(action.includes);
  transition.stale = action.stale;
  connection->sink->transition(std::move(transition));
}

void Sessions::refuse(live::SubscriptionRefused action) {
  Connection* connection = find(action.session);
  if (connection == nullptr || connection->subscriptions.erase(action.subscription) == 0) return;
  connection->sink->refused(action.subscription, std::move(action.error));
}

void Sessions::identity_ended(const access::IdentityPtr& identity) {
  std::vector<session::ConnectionId> its;
  for (auto& [id, connection] : connections_) {
    connection.sink->identity_ended(identity, key_ended());
    connection.ended = identity;
    if (connection.identity == identity) its.push_back(id);
  }
  // At once: the edge will say the same, but only after what may be sent until then.
  for (const session::ConnectionId id : its) set_identity(id, nullptr);
}

void Sessions::hold_keys(bool held) {
  keys_held_ = held;
  std::vector<session::ConnectionId> released;
  for (auto& [id, connection] : connections_) {
    update_quiet(id, connection);
    send_own_changes(connection);
    if (!held && !connection.delayed.empty()) released.push_back(id);
  }
  for (const session::ConnectionId id : released) run_delayed(id);
}

void Sessions::run_delayed(session::ConnectionId id) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  for (const auto& task : std::exchange(connection->delayed, {})) task();
}

// What the core decided before is told before: a result of the same turn must not follow the refusal that
// takes its place, where nothing would ever come after it.
void Sessions::settle_decided() {
  if (!mutant::kDecidedToldLate) driver_.settle();
}

void Sessions::close_all(session::CloseReason reason) {
  for (auto& [id, connection] : connections_) connection.sink->close(reason);
}

}  // namespace freshet::app
