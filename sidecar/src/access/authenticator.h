#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "access/claims.h"
#include "access/identity.h"
#include "base/result.h"

namespace freshet::access {

using Authenticated = base::Result<IdentityPtr>;

// Tells who the bearer of a token is. Any thread.
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // At once where everything is known that it takes. Else nullopt, and `later` is called exactly once, from
  // another thread, within seconds. Errors: `unauthenticated` with details {"reason": "expired" |
  // "not_yet_valid" | "invalid" | "revoked"}; `overloaded` when it can't be told now, which is no judgement.
  virtual std::optional<Authenticated> authenticate(std::string_view token, WallTime now,
                                                    std::function<void(Authenticated)> later) = 0;
};

base::Error invalid_token();

}  // namespace freshet::access
