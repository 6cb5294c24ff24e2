#pragma once

#include <functional>
#include <optional>

#include "server/http_message.h"

namespace freshet::server {

// The answer to one whole HTTP request (docs/protocol.md "HTTP"). `respond` is called exactly once: at once,
// or later from any thread. Connection handling (keep-alive, HEAD's missing body) is the caller's.
void answer_http(const Edge& edge, const HttpRequest& request, std::function<void(HttpReply)> respond);

// Why an upgrade request to /sync can't be served; none: it can.
std::optional<HttpResponse> refuse_upgrade(const Edge& edge, const HttpRequest& request);

}  // namespace freshet::server
