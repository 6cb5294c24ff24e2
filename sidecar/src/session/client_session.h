#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "access/authenticator.h"
#include "base/clock.h"
#include "session/backend.h"
#include "session/client_frame.h"
#include "session/limits.h"
#include "session/rate_limit.h"
#include "session/server_frame.h"

namespace freshet::session {

// What is the same for all sessions of a gateway. Outlives them.
struct SessionRules {
  Limits limits;
  ServerInfo server;
  // Null: every token is refused.
  access::Authenticator* verifier = nullptr;
  // false: who is not signed in may call nothing, and a socket whose identity ends is closed (4401).
  bool allow_anonymous = true;
};

struct Now {
  base::TimePoint steady;
  access::WallTime wall;
};

namespace close_code {
inline constexpr std::uint16_t kBye = 1000;
inline constexpr std::uint16_t kStopping = 1001;
inline constexpr std::uint16_t kProtocol = 1002;
inline constexpr std::uint16_t kPolicy = 1008;
inline constexpr std::uint16_t kInternal = 1011;
inline constexpr std::uint16_t kRestart = 1012;
inline constexpr std::uint16_t kOverloaded = 1013;
inline constexpr std::uint16_t kIdentityEnded = 4401;
}  // namespace close_code

std::uint16_t close_code_of(CloseReason reason);

// The socket's side. Implemented by the server's connection; called only from within a ClientSession's
// methods.
class SessionTransport {
 public:
  virtual ~SessionTransport() = default;
  virtual void send(Frame frame) = 0;
  // What was sent before goes out first. Nothing is sent afterwards.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  // Through which the backend talks back: its calls must come back to this session's on_…, on this session's
  // strand.
  virtual std::shared_ptr<SessionSink> sink() = 0;
};

// One client on one socket: the protocol without the socket. Frames and backend events in, frames and backend
// calls out; no clock, no thread, no I/O. Owned by the server's connection and touched on its strand only;
// ends with on_disconnect(), after which every call is ignored.
class ClientSession {
 public:
  ClientSession(ConnectionId connection, const SessionRules& rules, Backend& backend,
                SessionTransport& transport, Now now);

  // A whole text message; valid UTF-8 or not.
  void on_text(Now now, std::string_view text);
  void on_binary(Now now);

  void on_opened(Now now, base::Result<Opened> opened);
  void on_transition(const Transition& transition);
  void on_refused(std::uint64_t subscription, const base::Error& error);
  void on_answer(Now now, std::uint64_t request, const Answer& answer);
  void on_close(CloseReason reason);
  void on_authenticated(Now now, access::Authenticated who);
  void on_identity_ended(Now now, const access::IdentityPtr& identity, const base::Error& error);

  // The socket is slow (false), or has drained (true).
  void on_writable(bool writable);
  // At deadline(), or at any other time.
  void on_tick(Now now);
  void on_disconnect();

  // When on_tick is due: for the hello, then for the end of the identity.
  std::optional<base::TimePoint> deadline() const;
  bool closed() const { return state_ == State::kClosed; }
  // Who the client is will be told by on_authenticated(): until then nothing is to be read from it, since
  // what it sends after its `auth` is meant to run as who it says to be.
  bool authenticating() const { return authenticating_; }

 private:
  // kAwaitingHello -> kOpening (hello) -> kOpen (on_opened); each -> kClosed (finish, on_disconnect).
  enum class State : std::uint8_t { kAwaitingHello, kOpening, kOpen, kClosed };

  struct QueuedMutation {
    Kind kind;
    std::uint64_t id;
    Call call;
    access::IdentityPtr identity;
  };

  void handle(Now now, HelloFrame frame);
  void handle(Now now, AuthFrame frame);
  void handle(Now now, SubscribeFrame frame);
  void handle(Now now, UnsubscribeFrame frame);
  void handle(Now now, RequestFrame frame);
  void handle(Now now, AckFrame frame);
  void handle(Now now, PingFrame frame);
  void handle(Now now, RefusedCall frame);

  // The error of a frame that the rate limit stops.
  std::optional<base::Error> over_rate(Now now);
  std::optional<base::Error> not_admitted(Kind kind, const std::string& path) const;
  // Whether this request may have this id; otherwise the socket is being closed.
  bool take_request_id(Kind kind, std::uint64_t id);
  void run_next_mutation(Now now);

  void settle_auth(Now now, access::Authenticated who);
  void become(Now now, access::IdentityPtr identity);
  void lose_identity(Now now, const base::Error& error);
  void fail_protocol(std::string message);
  void finish(std::uint16_t code, std::string_view reason);
  bool backend_knows() const { return state_ == State::kOpening || state_ == State::kOpen; }

  const ConnectionId connection_;
  const SessionRules& rules_;
  Backend& backend_;
  SessionTransport& transport_;

  State state_ = State::kAwaitingHello;
  const base::TimePoint hello_due_;
  RateLimit rate_;
  std::uint32_t refused_in_a_row_ = 0;

  access::IdentityPtr identity_;
  bool authenticating_ = false;
  std::optional<base::TimePoint> identity_ends_;

  std::unordered_set<std::uint64_t> subscriptions_;
  std::unordered_set<std::uint64_t> requests_;  // without an answer
  std::deque<QueuedMutation> mutations_;        // waiting for their turn
  std::optional<std::uint64_t> running_mutation_;
  std::optional<std::uint64_t> last_mutation_;
  std::uint64_t acknowledged_ = 0;
  bool writable_ = true;
};

}  // namespace freshet::session
