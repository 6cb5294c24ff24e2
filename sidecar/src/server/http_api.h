#pragma once

#include <functional>
#include <string_view>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "server/edge.h"

namespace freshet::server {

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;
using HttpResponse = boost::beast::http::response<boost::beast::http::string_body>;

// The answer to one whole HTTP request (docs/protocol.md "HTTP"). `respond` is called exactly once: at once,
// or later from any thread. Connection handling (keep-alive, HEAD's missing body) is the caller's.
void answer_http(const Edge& edge, const HttpRequest& request, std::function<void(HttpResponse)> respond);

// An error as `application/problem+json`. `status` 0: the error's own.
HttpResponse problem_response(const Edge& edge, const base::Error& error, int status = 0);

// Why an upgrade request to /sync can't be served; none: it can.
std::optional<HttpResponse> refuse_upgrade(const Edge& edge, const HttpRequest& request);

}  // namespace freshet::server
