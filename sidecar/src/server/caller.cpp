#include "server/caller.h"

#include <chrono>
#include <utility>

namespace freshet::server {

using base::Error;
using base::ErrorCode;

void identify(const Edge& edge, const HttpRequest& request, std::function<void(access::Authenticated)> next) {
  const auto settle = [&edge, next = std::move(next)](access::Authenticated who) {
    if (!who && who.error().code == ErrorCode::kUnauthenticated) count(edge.metrics.tokens_refused);
    if (who && *who == nullptr && !edge.rules.allow_anonymous)
      return next(Error(ErrorCode::kUnauthenticated, "sign in first"));
    next(std::move(who));
  };
  const base::Result<std::optional<std::string>> token = bearer_token(request);
  if (!token) return settle(token.error());
  if (!*token) return settle(access::IdentityPtr());
  if (edge.rules.verifier == nullptr) return settle(access::invalid_token());
  if (std::optional<access::Authenticated> known =
          edge.rules.verifier->authenticate(**token, std::chrono::system_clock::now(), settle)) {
    settle(*std::move(known));
  }
}

}  // namespace freshet::server
