#include "session/client_session.h"

#include <algorithm>
#include <utility>

#include "session/exposure.h"

namespace freshet::session {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kMaxSessionIdBytes = 64;

// The form of ids that a gateway issues. Sessions of HTTP idempotency keys have another form
// (session/idempotency.h) and can't be resumed through a socket.
bool is_session_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxSessionIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

std::uint16_t close_code_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::kReplaced:
      return close_code::kBye;
    case CloseReason::kStopping:
      return close_code::kStopping;
    case CloseReason::kRestarting:
      return close_code::kRestart;
    case CloseReason::kOverloaded:
      return close_code::kOverloaded;
    case CloseReason::kInternal:
      break;
  }
  return close_code::kInternal;
}

ClientSession::ClientSession(ConnectionId connection, const SessionRules& rules, Backend& backend,
                             SessionTransport& transport, Now now)
    : connection_(connection),
      rules_(rules),
      backend_(backend),
      transport_(transport),
      hello_due_(now.steady + rules.limits.hello_deadline),
      rate_(rules.limits.rate_per_second, rules.limits.rate_burst, now.steady) {}

void ClientSession::on_text(Now now, std::string_view text) {
  if (closed()) return;
  on_tick(now);
  if (closed()) return;
  base::Result<ClientFrame> frame = decode_client_frame(text, rules_.limits);
  if (!frame) return fail_protocol(std::move(frame).error().message);
  if (state_ == State::kAwaitingHello && !std::holds_alternative<HelloFrame>(*frame)) {
    return fail_protocol("the first frame must be hello");
  }
  std::visit([&](auto&& decoded) { handle(now, std::move(decoded)); }, *std::move(frame));
}

void ClientSession::on_binary(Now) {
  if (!closed()) fail_protocol("frames are text");
}

void ClientSession::handle(Now, HelloFrame frame) {
  if (state_ != State::kAwaitingHello) return fail_protocol("hello comes once");
  if (frame.session && !is_session_id(*frame.session))
    return fail_protocol("`session`: not an id that was issued");
  state_ = State::kOpening;
  backend_.open(
      connection_, transport_.sink(),
      Hello{std::move(frame.session), std::move(frame.last_epoch), std::move(frame.pending), identity_});
}

void ClientSession::handle(Now now, AuthFrame frame) {
  if (std::optional<Error> error = over_rate(now)) {
    if (!closed()) transport_.send(auth_frame(*error));
    return;
  }
  if (!frame.token) {
    become(now, nullptr);
    transport_.send(auth_frame(nullptr));
    return;
  }
  if (rules_.verifier == nullptr) {
    return lose_identity(now, Error(ErrorCode::kUnauthenticated, "this gateway accepts no tokens"));
  }
  std::optional<access::Authenticated> known = rules_.verifier->authenticate(
      *frame.token, now.wall,
      [sink = transport_.sink()](access::Authenticated who) { sink->authenticated(std::move(who)); });
  if (known) return settle_auth(now, *std::move(known));
  authenticating_ = true;
}

void ClientSession::on_authenticated(Now now, access::Authenticated who) {
  if (closed() || !std::exchange(authenticating_, false)) return;
  settle_auth(now, std::move(who));
}

void ClientSession::settle_auth(Now now, access::Authenticated who) {
  if (!who) return lose_identity(now, who.error());
  become(now, *std::move(who));
  transport_.send(auth_frame(identity_.get()));
}

void ClientSession::on_identity_ended(Now now, const access::IdentityPtr& identity, const Error& error) {
  if (closed() || identity == nullptr) return;
  for (auto queued = mutations_.begin(); queued != mutations_.end();) {
    if (queued->identity != identity) {
      ++queued;
      continue;
    }
    requests_.erase(queued->id);
    transport_.send(response_frame(queued->id, error));
    queued = mutations_.erase(queued);
  }
  if (identity_ != identity) return;
  if (authenticating_) return become(now, nullptr);
  lose_identity(now, error);
}

void ClientSession::handle(Now now, SubscribeFrame frame) {
  const std::uint64_t id = frame.subscription.id;
  if (subscriptions_.contains(id)) return fail_protocol("a subscription with this id is open");
  std::optional<Error> error = over_rate(now);
  if (closed()) return;
  if (!error && subscriptions_.size() >= rules_.limits.max_subscriptions) {
    error = Error(ErrorCode::kOverloaded, "too many open subscriptions");
  }
  if (!error && identity_ == nullptr && !rules_.allow_anonymous) {
    error = Error(ErrorCode::kUnauthenticated, "sign in first");
  }
  if (error) return transport_.send(error_frame(*error, id));
  subscriptions_.insert(id);
  backend_.subscribe(connection_, std::move(frame.subscription));
}

void ClientSession::handle(Now, UnsubscribeFrame frame) {
  if (subscriptions_.erase(frame.id) != 0) backend_.unsubscribe(connection_, frame.id);
}

bool ClientSession::take_request_id(Kind kind, std::uint64_t id) {
  if (requests_.contains(id)) {
    fail_protocol("a request with this id is waiting for its answer");
    return false;
  }
  if (kind == Kind::kQuery) return true;
  // Before the answer to hello the client can't know whether its session is still known: a mutation that it
  // sends again could run a second time in a new session.
  if (state_ != State::kOpen) {
    fail_protocol("mutations come after welcome");
    return false;
  }
  if (last_mutation_ && id <= *last_mutation_) {
    fail_protocol("ids of mutations must grow");
    return false;
  }
  last_mutation_ = id;
  return true;
}

void ClientSession::handle(Now now, RequestFrame frame) {
  if (!take_request_id(frame.kind, frame.id)) return;
  std::optional<Error> error = over_rate(now);
  if (closed()) return;
  if (!error && requests_.size() >= rules_.limits.max_requests) {
    error = Error(ErrorCode::kOverloaded, "too many requests without an answer");
  }
  if (!error) error = not_admitted(frame.kind, frame.call.path);
  if (error) return transport_.send(response_frame(frame.id, *std::move(error)));
  requests_.insert(frame.id);
  if (frame.kind == Kind::kQuery) return backend_.query(connection_, frame.id, std::move(frame.call));
  mutations_.push_back({frame.kind, frame.id, std::move(frame.call), identity_});
  run_next_mutation(now);
}

void ClientSession::handle(Now now, RefusedCall frame) {
  std::optional<Error> error = over_rate(now);
  if (closed()) return;
  if (!error) error = std::move(frame.error);
  if (frame.is_subscription) {
    if (subscriptions_.contains(frame.id)) return fail_protocol("a subscription with this id is open");
    return transport_.send(error_frame(*error, frame.id));
  }
  if (requests_.contains(frame.id)) return fail_protocol("a request with this id is waiting for its answer");
  transport_.send(response_frame(frame.id, *std::move(error)));
}

void ClientSession::handle(Now, AckFrame frame) {
  if (state_ != State::kOpen) return fail_protocol("ack comes after welcome");
  const bool unanswered = (running_mutation_ && *running_mutation_ <= frame.upto) ||
                          (!mutations_.empty() && mutations_.front().id <= frame.upto);
  if (unanswered) return fail_protocol("ack of a mutation that has no answer");
  if (frame.upto <= acknowledged_) return;
  acknowledged_ = frame.upto;
  backend_.ack(connection_, frame.upto);
}

void ClientSession::handle(Now, PingFrame frame) { transport_.send(pong_frame(frame.data)); }

std::optional<Error> ClientSession::over_rate(Now now) {
  const auto wait = rate_.refused(now.steady);
  if (!wait) {
    refused_in_a_row_ = 0;
    return std::nullopt;
  }
  if (++refused_in_a_row_ >= rules_.limits.max_refused_in_a_row)
    finish(close_code::kPolicy, "too many frames");
  return Error(ErrorCode::kRateLimited, "too many frames",
               R"({"retry_after_ms":)" + std::to_string(wait->count()) + "}");
}

std::optional<Error> ClientSession::not_admitted(Kind kind, const std::string& path) const {
  if (identity_ == nullptr && !rules_.allow_anonymous)
    return Error(ErrorCode::kUnauthenticated, "sign in first");
  const std::shared_ptr<const Catalog> catalog = backend_.catalog();
  if (!catalog) return std::nullopt;
  // A function that this catalog does not name yet is the backend's to judge.
  const auto found = catalog->functions.find(path);
  return found == catalog->functions.end() ? std::nullopt
                                           : admit(&found->second, path, kind, identity_.get());
}

void ClientSession::run_next_mutation(Now now) {
  while (!running_mutation_ && !mutations_.empty() && !closed()) {
    QueuedMutation next = std::move(mutations_.front());
    mutations_.pop_front();
    if (next.identity && next.identity->expires &&
        now.wall >= *next.identity->expires + access::kExpiryGrace) {
      requests_.erase(next.id);
      transport_.send(response_frame(
          next.id, Error(ErrorCode::kUnauthenticated, "the token has expired", R"({"reason":"expired"})")));
      continue;
    }
    running_mutation_ = next.id;
    if (next.kind == Kind::kMutation) {
      backend_.mutate(connection_, next.id, std::move(next.call), std::move(next.identity));
    } else {
      backend_.act(connection_, next.id, std::move(next.call), std::move(next.identity));
    }
  }
}

void ClientSession::on_opened(Now, base::Result<Opened> opened) {
  if (state_ != State::kOpening) return;
  if (!opened) {
    transport_.send(error_frame(opened.error(), std::nullopt));
    return finish(opened.error().retryable ? close_code::kOverloaded : close_code::kInternal, "no session");
  }
  state_ = State::kOpen;
  transport_.send(welcome_frame(*opened, rules_.server, rules_.limits));
}

void ClientSession::on_transition(const Transition& transition) {
  if (state_ == State::kOpen) transport_.send(transition_frame(transition));
}

void ClientSession::on_refused(std::uint64_t subscription, const Error& error) {
  if (!closed() && subscriptions_.erase(subscription) != 0) transport_.send(error_frame(error, subscription));
}

void ClientSession::on_answer(Now now, std::uint64_t request, const Answer& answer) {
  if (closed() || requests_.erase(request) == 0) return;
  transport_.send(response_frame(request, answer));
  if (running_mutation_ != request) return;
  running_mutation_.reset();
  run_next_mutation(now);
}

void ClientSession::on_close(CloseReason reason) {
  if (closed()) return;
  finish(close_code_of(reason), reason == CloseReason::kReplaced ? "resumed elsewhere" : "");
}

void ClientSession::on_writable(bool writable) {
  if (writable_ == writable) return;
  writable_ = writable;
  if (backend_knows()) backend_.set_writable(connection_, writable);
}

void ClientSession::on_tick(Now now) {
  if (state_ == State::kAwaitingHello && now.steady >= hello_due_) {
    return fail_protocol("no hello in time");
  }
  if (!closed() && identity_ends_ && now.steady >= *identity_ends_) {
    // Another token is being looked at: what comes of it decides.
    if (authenticating_) return become(now, nullptr);
    lose_identity(now,
                  Error(ErrorCode::kUnauthenticated, "the token has expired", R"({"reason":"expired"})"));
  }
}

void ClientSession::on_disconnect() {
  if (backend_knows()) backend_.disconnect(connection_);
  state_ = State::kClosed;
}

std::optional<base::TimePoint> ClientSession::deadline() const {
  if (state_ == State::kAwaitingHello) return hello_due_;
  return closed() ? std::nullopt : identity_ends_;
}

void ClientSession::become(Now now, access::IdentityPtr identity) {
  identity_ = std::move(identity);
  identity_ends_.reset();
  if (identity_ && identity_->expires) {
    // From here on the steady clock counts: a wall clock that is set back must not lengthen an identity's
    // life.
    const auto left = std::max(*identity_->expires - now.wall, access::WallTime::duration::zero());
    identity_ends_ = now.steady + std::chrono::duration_cast<base::Duration>(left);
  }
  if (backend_knows()) backend_.set_identity(connection_, identity_);
}

void ClientSession::lose_identity(Now now, const Error& error) {
  become(now, nullptr);
  transport_.send(auth_frame(error));
  if (rules_.allow_anonymous) return;
  if (error.code == ErrorCode::kOverloaded) return finish(close_code::kOverloaded, "come back later");
  finish(close_code::kIdentityEnded, "sign in again");
}

void ClientSession::fail_protocol(std::string message) {
  transport_.send(error_frame(Error(ErrorCode::kProtocol, std::move(message)), std::nullopt));
  finish(close_code::kProtocol, "protocol");
}

void ClientSession::finish(std::uint16_t code, std::string_view reason) {
  on_disconnect();
  transport_.close(code, reason);
}

}  // namespace freshet::session
