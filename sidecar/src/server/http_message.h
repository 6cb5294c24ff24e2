#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/result.h"
#include "mcp/events.h"
#include "server/edge.h"

// What is read from HTTP requests and said in responses, whatever they are about.
namespace freshet::server {

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;
using HttpResponse = boost::beast::http::response<boost::beast::http::string_body>;

class StreamSignal;

// What a request is answered with: a response, or the head of one whose body goes on as events come
// (server/event_stream.h).
struct HttpReply {
  HttpReply(HttpResponse response) : head(std::move(response)) {}

  HttpResponse head;
  mcp::EventSourcePtr events;  // null: `head` is all
  std::shared_ptr<StreamSignal> signal;
};

inline std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

// `type` empty: no Content-Type. Never to be stored by caches, unless the caller says otherwise.
HttpResponse response(boost::beast::http::status status, std::string_view type, std::string body);

// An error as `application/problem+json`. `status` 0: the error's own.
HttpResponse problem_response(const Edge& edge, const base::Error& error, int status = 0);

// The answer for which `same` is what the client has already: 304 with the same header fields.
HttpResponse not_modified(HttpResponse whole);

// Whether the request's If-None-Match names this tag (RFC 9110 §13.1.2, weak comparison) or is `*`. `tag`
// with its quotes.
bool has_match(const HttpRequest& request, std::string_view tag);

// The path of the target, as it was sent, and the parameters of its query, decoded. nullopt: the target is no
// path, or its escapes are malformed.
struct Target {
  std::string_view path;
  std::vector<std::pair<std::string, std::string>> parameters;

  // The one value; nullopt: it is not given, or more than once.
  std::optional<std::string> parameter(std::string_view name) const;
};
std::optional<Target> parse_target(std::string_view target);

// `%41` and, when `plus_is_space`, `+` decoded. nullopt: a malformed escape.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);

// Whether the body is application/json and not encoded.
bool is_json(const HttpRequest& request);

// The bearer token; nullopt: no Authorization. The error is `unauthenticated`.
base::Result<std::optional<std::string>> bearer_token(const HttpRequest& request);

}  // namespace freshet::server
