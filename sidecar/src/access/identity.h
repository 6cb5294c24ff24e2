#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "access/scopes.h"

namespace freshet::access {

// The verified caller. Immutable and shared by everything that acts for it; a null IdentityPtr is the
// anonymous caller.
struct Identity {
  // Canonical JSON object text of all claims: what the functions see as freshet.identity().
  std::string claims;
  // Who owns a mutation's record: canonical JSON array text ["iss","sub"], null in place of an absent one.
  // Never empty, so that it differs from the anonymous principal, which is the empty string.
  std::string principal;
  // The wall-clock instant at which it ends; none: the token has no `exp`.
  std::optional<std::chrono::system_clock::time_point> expires;
  // An API key: its public part, by which it is revoked. Empty: a token of an issuer.
  std::string api_key;
  // What an API key may call. None given: everything that its claims allow.
  std::optional<Scopes> scopes;
};

// An identity ends at the latest this long after `expires`.
inline constexpr std::chrono::seconds kExpiryGrace{1};

using IdentityPtr = std::shared_ptr<const Identity>;

inline std::string principal_of(const IdentityPtr& identity) {
  return identity ? identity->principal : std::string();
}

}  // namespace freshet::access
