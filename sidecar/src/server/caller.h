#pragma once

#include <functional>

#include "server/http_message.h"

namespace freshet::server {

// Tells `next`, once, who a request's bearer is; null: nobody, where that is allowed. At once, or later from
// another thread: the request is not looked at then. The error says what is wrong with the token.
void identify(const Edge& edge, const HttpRequest& request, std::function<void(access::Authenticated)> next);

}  // namespace freshet::server
