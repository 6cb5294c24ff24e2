#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet::session {

// An Idempotency-Key: 1 to 255 visible ASCII characters.
bool is_idempotency_key(std::string_view key);

// The durable session under which a mutation with this key is request 1: "key:" and the base64url SHA-256 of
// principal and key. It depends on nothing but these two, so that a retry through another gateway, or after a
// restart, finds the same record; and no client can resume it, since ids of clients hold no colon. The
// mutation's own record (arguments, principal) then decides: the same call is replayed, another one is
// `conflict`.
std::string keyed_session(std::string_view principal, std::string_view key);

}  // namespace freshet::session
