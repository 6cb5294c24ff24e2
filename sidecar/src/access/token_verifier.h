#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/claims.h"
#include "access/identity.h"
#include "access/verification_key.h"
#include "base/result.h"

namespace freshet::access {

struct TokenRules {
  // `iss` must be this one. Empty: any issuer whose key is trusted.
  std::string issuer;
  // `aud` must be or contain this one. Empty: not looked at.
  std::string audience;
  // Tokens without `sub` are refused.
  bool require_subject = true;
  // Tokens without `exp` are refused.
  bool require_expiry = true;
  // How far the issuer's clock may be ahead of ours: for `nbf` and `iat`. `exp` gets at most kExpiryGrace of
  // it.
  std::chrono::seconds leeway{30};
  // A longer token is refused unread.
  std::size_t max_bytes = 16 * 1024;
};

// An identity ends at the latest this long after `exp`.
inline constexpr std::chrono::seconds kExpiryGrace{1};

// Turns a compact JWS into an identity. Trusts nothing in the token before its signature was verified by a
// key whose own algorithm is the token's; `jku`, `jwk`, `x5u` and `x5c` are never looked at, a critical
// header is refused. Immutable; usable by many threads at once.
class TokenVerifier {
 public:
  TokenVerifier(std::vector<VerificationKey> keys, TokenRules rules);

  // The error is `unauthenticated` with details {"reason": "expired" | "not_yet_valid" | "invalid"} and tells
  // no more: an attacker learns nothing of which check failed.
  base::Result<IdentityPtr> verify(std::string_view token, WallTime now) const;

 private:
  bool signed_by_trusted_key(std::string_view header, std::string_view input,
                             std::string_view signature) const;

  std::vector<VerificationKey> keys_;
  TokenRules rules_;
};

}  // namespace freshet::access
