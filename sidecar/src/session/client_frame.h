#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "session/backend.h"
#include "session/limits.h"

// The frames of a client (docs/protocol.md), decoded. Members that are not named there are ignored; an
// optional member that is null counts as absent.
namespace freshet::session {

struct HelloFrame {
  std::optional<std::string> session;
  std::optional<std::string> last_epoch;
  std::vector<std::uint64_t> pending;
};

struct AuthFrame {
  std::optional<std::string> token;  // none: to be anonymous
};

struct SubscribeFrame {
  Subscribe subscription;
};

struct UnsubscribeFrame {
  std::uint64_t id = 0;
};

struct RequestFrame {
  Kind kind = Kind::kQuery;
  std::uint64_t id = 0;
  Call call;
};

struct AckFrame {
  std::uint64_t upto = 0;
};

struct PingFrame {
  std::optional<std::string> data;  // JSON text
};

// A call that is wrong in itself, in a frame that is right: it is answered with this error and harms nothing
// else.
struct RefusedCall {
  bool is_subscription = false;
  std::uint64_t id = 0;
  base::Error error;
};

using ClientFrame = std::variant<HelloFrame, AuthFrame, SubscribeFrame, UnsubscribeFrame, RequestFrame,
                                 AckFrame, PingFrame, RefusedCall>;

// The error is `protocol`: what the client speaks is not this protocol, and the socket is to be closed. It
// names the member at fault and never repeats what was sent.
base::Result<ClientFrame> decode_client_frame(std::string_view text, const Limits& limits);

}  // namespace freshet::session
