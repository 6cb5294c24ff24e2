#include "server/cors.h"

#include <spdlog/spdlog.h>

#include <bit>
#include <string>

#include "server/origin.h"

namespace freshet::server {
namespace {

namespace http = boost::beast::http;
using base::Error;
using base::ErrorCode;
using http::field;

// What of a request and of a response a page may set and see beyond what every page may.
constexpr std::string_view kRequestFields =
    "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Mcp-Protocol-Version, "
    "Mcp-Session-Id, Prefer";
constexpr std::string_view kResponseFields =
    "ETag, Retry-After, Freshet-Epoch, Freshet-Replayed, Mcp-Session-Id";

// A browser tells its page nothing of why it may not connect, so the log does: at the first, second, fourth,
// eighth … time, since anybody may be refused as often as he likes.
void note_refused(const Edge& edge, std::string_view origin) {
  const std::uint64_t times = edge.metrics.origins_refused.fetch_add(1, std::memory_order_relaxed) + 1;
  if (!std::has_single_bit(times)) return;
  std::string shown(origin.substr(0, 200));
  for (char& c : shown) {
    if (c < '!' || c > '~') c = '?';
  }
  spdlog::warn("a page of {} was refused; --allowed-origins (FRESHET_ALLOWED_ORIGINS) says which may connect",
               shown);
}

}  // namespace

std::optional<HttpResponse> refuse_place(const Edge& edge, const HttpRequest& request) {
  const std::string_view host = view(request[field::host]);
  if (!host_allowed(edge.settings, host)) {
    return problem_response(
        edge, Error(ErrorCode::kForbidden, "this host is not served here (--allowed-hosts)"), 421);
  }
  if (request.count(field::origin) != 0 &&
      !origin_allowed(edge.settings, view(request[field::origin]), host)) {
    note_refused(edge, view(request[field::origin]));
    return problem_response(edge,
                            Error(ErrorCode::kForbidden, "this origin is not allowed (--allowed-origins)"));
  }
  return std::nullopt;
}

void allow_origin(HttpResponse& out, std::string_view origin) {
  out.insert(field::vary, "Origin");
  if (origin.empty()) return;
  out.set(field::access_control_allow_origin, origin);
  out.set(field::access_control_expose_headers, kResponseFields);
}

HttpResponse preflight(std::string_view origin, std::string_view methods) {
  HttpResponse out = response(http::status::no_content, {}, {});
  allow_origin(out, origin);
  out.set(field::allow, methods);
  if (origin.empty()) return out;
  out.set(field::access_control_allow_methods, methods);
  out.set(field::access_control_allow_headers, kRequestFields);
  out.set(field::access_control_max_age, "600");
  return out;
}

}  // namespace freshet::server
