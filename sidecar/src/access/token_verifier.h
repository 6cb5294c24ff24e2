#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/authenticator.h"
#include "access/key_ring.h"

namespace freshet::access {

// What a token of one issuer has to be.
struct TokenRules {
  // `iss` must be one of these. Empty: any, or none, whose key is trusted.
  std::vector<std::string> issuers;
  // `aud` must be, or contain, one of these. Empty: not looked at.
  std::vector<std::string> audiences;
  // `alg` must be one of these. Empty: whatever the keys are for.
  std::vector<Algorithm> algorithms;
  // The header's `typ` must be one of these ("at+jwt"; case does not count, nor does "application/" in
  // front). Empty: JWT, at+jwt or none.
  std::vector<std::string> types;
  // Tokens without `sub` are refused.
  bool require_subject = true;
  // Tokens without `exp` are refused.
  bool require_expiry = true;
  // How far the issuer's clock may be ahead of ours: for `nbf` and `iat`. `exp` gets at most kExpiryGrace of
  // it.
  std::chrono::seconds leeway{30};
};

// A longer token is refused unread.
inline constexpr std::size_t kMaxTokenBytes = 16 * 1024;

struct Issuer {
  TokenRules rules;
  std::shared_ptr<KeyRing> keys;
};

// Turns a compact JWS into an identity. A token's `iss` says which issuer's keys and rules apply and nothing
// else in it is trusted before its signature was verified by a key whose own algorithm is the token's; `jku`,
// `jwk`, `x5u` and `x5c` are never looked at, a critical header is refused. Immutable; any thread.
class TokenVerifier final : public Authenticator {
 public:
  explicit TokenVerifier(std::vector<Issuer> issuers);
  // One issuer whose keys stay.
  TokenVerifier(std::vector<VerificationKey> keys, TokenRules rules);

  // Waits for keys when the token names one that is not known; its times are then judged as at `now`. The
  // error `unauthenticated` tells an attacker nothing of which check failed.
  std::optional<Authenticated> authenticate(std::string_view token, WallTime now,
                                            std::function<void(Authenticated)> later) override;

  // By the keys that are there.
  Authenticated verify(std::string_view token, WallTime now) const;

 private:
  struct Verdict;
  Verdict judge(std::string_view token, WallTime now) const;
  std::optional<Authenticated> attempt(std::string_view token, WallTime now,
                                       std::function<void(Authenticated)> later, int readings) const;

  const std::vector<Issuer> issuers_;
};

}  // namespace freshet::access
