#include "server/http_api.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include <boost/beast/http/rfc7230.hpp>

#include "base/raw_json.h"
#include "server/admin.h"
#include "server/idempotency.h"
#include "server/origin.h"
#include "server/problem.h"
#include "server/web_socket.h"
#include "session/exposure.h"

namespace freshet::server {
namespace {

namespace http = boost::beast::http;
using base::Error;
using base::ErrorCode;
using http::field;
using Respond = std::function<void(HttpResponse)>;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

HttpResponse response(http::status status, std::string_view type, std::string body) {
  HttpResponse out{status, 11};
  out.set(field::server, "freshet");
  if (!type.empty()) out.set(field::content_type, type);
  out.set(field::cache_control, "no-store");
  out.set("X-Content-Type-Options", "nosniff");
  out.body() = std::move(body);
  return out;
}

void allow_origin(HttpResponse& out, std::string_view origin) {
  if (origin.empty()) return;
  out.set(field::access_control_allow_origin, origin);
  out.set(field::access_control_expose_headers, "ETag, Retry-After");
  out.insert(field::vary, "Origin");
}

HttpResponse preflight(std::string_view origin) {
  HttpResponse out = response(http::status::no_content, {}, {});
  allow_origin(out, origin);
  out.set(field::access_control_allow_methods, "GET, HEAD, POST");
  out.set(field::access_control_allow_headers, "Authorization, Content-Type, Idempotency-Key, Prefer");
  out.set(field::access_control_max_age, "600");
  return out;
}

bool is_json(std::string_view type) {
  const std::string_view media = base::trim_json(type.substr(0, type.find(';')));
  return boost::beast::iequals({media.data(), media.size()}, "application/json");
}

base::Result<access::IdentityPtr> caller(const Edge& edge, const HttpRequest& request) {
  const auto fields = request.equal_range(field::authorization);
  if (fields.first == fields.second) return access::IdentityPtr();
  const std::string_view value = view(fields.first->value());
  if (std::next(fields.first) != fields.second || value.size() < 7 ||
      !boost::beast::iequals({value.data(), 7}, "Bearer ") || edge.rules.verifier == nullptr) {
    return Error(ErrorCode::kUnauthenticated, "the token is not valid", R"({"reason":"invalid"})");
  }
  return edge.rules.verifier->verify(value.substr(7), std::chrono::system_clock::now());
}

// Body of a call: {"path", "args"?, "page"?}.
base::Result<session::Call> call_of(const Edge& edge, std::string_view body) {
  const base::Result<std::vector<base::JsonMember>> members = base::object_members(body);
  if (!members) return Error(ErrorCode::kProtocol, members.error().message);
  session::Call call;
  call.args = "{}";
  for (const base::JsonMember& member : *members) {
    if (member.key == "path") {
      base::Result<std::string> path = base::parse_json_string(member.value);
      if (!path || path->empty()) return Error(ErrorCode::kProtocol, "`path`: expected a string");
      call.path = *std::move(path);
    } else if (member.key == "args" || member.key == "page") {
      if (base::json_kind(member.value) == base::JsonKind::kNull) continue;
      if (base::json_kind(member.value) != base::JsonKind::kObject) {
        return Error(ErrorCode::kInvalidArguments, "`" + member.key + "`: expected an object");
      }
      if (member.value.size() > edge.rules.limits.max_args_bytes) {
        return Error(ErrorCode::kTooLarge, "`" + member.key + "` is too long");
      }
      if (member.key == "args") call.args = member.value;
      if (member.key == "page") call.page = std::string(member.value);
    }
  }
  if (call.path.empty()) return Error(ErrorCode::kProtocol, "`path`: expected a string");
  return call;
}

base::Result<session::OneShot> one_shot(const Edge& edge, const HttpRequest& request, session::Kind kind) {
  if (!is_json(view(request[field::content_type]))) {
    return Error(ErrorCode::kProtocol, "Content-Type must be application/json");
  }
  session::OneShot shot;
  shot.kind = kind;
  base::Result<access::IdentityPtr> identity = caller(edge, request);
  if (!identity) {
    count(edge.metrics.tokens_refused);
    return std::move(identity).error();
  }
  shot.identity = *std::move(identity);
  base::Result<session::Call> call = call_of(edge, request.body());
  if (!call) return std::move(call).error();
  shot.call = *std::move(call);
  if (const auto keys = request.equal_range("Idempotency-Key"); keys.first != keys.second) {
    const std::string_view key = view(keys.first->value());
    if (std::next(keys.first) != keys.second || !is_idempotency_key(key) || kind == session::Kind::kQuery) {
      return Error(ErrorCode::kProtocol,
                   "Idempotency-Key: one key of 1 to 255 visible characters, for mutations");
    }
    shot.keyed_session = keyed_session(access::principal_of(shot.identity), key);
  }
  if (shot.identity == nullptr && !edge.rules.allow_anonymous)
    return Error(ErrorCode::kUnauthenticated, "sign in first");
  if (const auto catalog = edge.backend.catalog()) {
    const auto found = catalog->functions.find(shot.call.path);
    if (found != catalog->functions.end()) {
      if (auto error = session::admit(&found->second, kind, shot.identity.get())) return *std::move(error);
    }
  }
  return shot;
}

HttpResponse value_response(const session::Outcome& outcome) {
  std::string body = R"({"value":)";
  body += outcome.value.text.empty() ? std::string_view("null") : outcome.value.text;
  if (!outcome.epoch.empty()) {
    body += R"(,"epoch":)";
    base::append_json_string(body, outcome.epoch);
  }
  if (!outcome.notices.empty()) body += R"(,"notices":)" + outcome.notices;
  body += outcome.replayed ? R"(,"replayed":true})" : "}";
  return response(http::status::ok, "application/json", std::move(body));
}

void call(const Edge& edge, const HttpRequest& request, session::Kind kind, std::string origin,
          Respond respond) {
  base::Result<session::OneShot> shot = one_shot(edge, request, kind);
  if (!shot) {
    const bool type =
        shot.error().code == ErrorCode::kProtocol && !is_json(view(request[field::content_type]));
    HttpResponse out = problem_response(edge, shot.error(), type ? 415 : 0);
    allow_origin(out, origin);
    return respond(std::move(out));
  }
  edge.backend.call(*std::move(shot), [&edge, origin = std::move(origin),
                                       respond = std::move(respond)](session::Answer answer) {
    HttpResponse out = answer ? value_response(*answer) : problem_response(edge, answer.error());
    allow_origin(out, origin);
    respond(std::move(out));
  });
}

HttpResponse catalog(const Edge& edge, const HttpRequest& request) {
  const std::shared_ptr<const session::Catalog> known = edge.backend.catalog();
  if (!known) return problem_response(edge, Error(ErrorCode::kOverloaded, "the catalog was not read yet"));
  const std::string tag = "\"" + known->hash + "\"";
  const bool same = view(request[field::if_none_match]) == tag;
  HttpResponse out = same ? response(http::status::not_modified, {}, {})
                          : response(http::status::ok, "application/json", known->json ? *known->json : "{}");
  out.set(field::etag, tag);
  out.set(field::cache_control, "no-cache");
  return out;
}

// The seconds of `Prefer: wait=N` (RFC 7240), not more than the limit; none: the caller does not wait.
std::optional<std::chrono::seconds> patience(const Edge& edge, const HttpRequest& request) {
  constexpr std::string_view kWait = "wait=";
  std::string_view left = view(request["Prefer"]);
  while (!left.empty()) {
    const std::size_t comma = std::min(left.find(','), left.size());
    const std::string_view preference = base::trim_json(left.substr(0, comma));
    left.remove_prefix(std::min(comma + 1, left.size()));
    if (!preference.starts_with(kWait)) continue;
    const char* end = preference.data() + preference.size();
    std::uint32_t seconds = 0;
    const auto read = std::from_chars(preference.data() + kWait.size(), end, seconds);
    if (read.ec == std::errc() && read.ptr == end)
      return std::min(std::chrono::seconds(seconds), edge.settings.limits.max_catalog_wait);
  }
  return std::nullopt;
}

// With `Prefer: wait=N` a request that knows the present catalog is answered when there is another one.
void answer_catalog(const Edge& edge, const HttpRequest& request, std::string origin, Respond respond) {
  const auto waits = patience(edge, request);
  const auto known = edge.backend.catalog();
  auto answer = [&edge, request, origin, respond] {
    HttpResponse out = catalog(edge, request);
    allow_origin(out, origin);
    respond(std::move(out));
  };
  if (!waits || !known || view(request[field::if_none_match]) != "\"" + known->hash + "\"") return answer();
  if (edge.catalog_push->wait(known->hash, *waits, answer)) return;
  HttpResponse out =
      problem_response(edge, Error(ErrorCode::kOverloaded, "too many wait for the next catalog"));
  allow_origin(out, origin);
  respond(std::move(out));
}

HttpResponse ready(const Edge& edge) {
  session::Readiness readiness = edge.backend.readiness();
  if (edge.stopping.load(std::memory_order_relaxed)) {
    readiness.ready = false;
    readiness.reasons.push_back("the gateway is stopping");
  }
  std::string body = readiness.ready ? R"({"ready":true,"reasons":[)" : R"({"ready":false,"reasons":[)";
  for (std::size_t i = 0; i < readiness.reasons.size(); ++i) {
    if (i != 0) body += ",";
    base::append_json_string(body, readiness.reasons[i]);
  }
  HttpResponse out = response(readiness.ready ? http::status::ok : http::status::service_unavailable,
                              "application/json", body + "]}");
  if (!readiness.ready) out.set(field::retry_after, std::to_string(edge.settings.limits.retry_after.count()));
  return out;
}

struct Route {
  std::string_view path;
  bool post;
  bool cross_origin;  // for browsers; what monitors ask is not
};
constexpr std::array<Route, 7> kRoutes{{{"/api/query", true, true},
                                        {"/api/mutation", true, true},
                                        {"/api/action", true, true},
                                        {"/api/catalog", false, true},
                                        {"/live", false, false},
                                        {"/ready", false, false},
                                        {"/metrics", false, false}}};

const Route* route_of(std::string_view path) {
  for (const Route& route : kRoutes) {
    if (route.path == path) return &route;
  }
  return nullptr;
}

HttpResponse read_only(const Edge& edge, std::string_view path) {
  if (path == "/ready") return ready(edge);
  if (path == "/metrics") {
    return response(http::status::ok, "text/plain; version=0.0.4; charset=utf-8",
                    edge.metrics.text() + edge.backend.metrics());
  }
  return response(http::status::ok, "application/json", R"({"live":true})");
}

}  // namespace

HttpResponse problem_response(const Edge& edge, const Error& error, int status) {
  const int known = status != 0 ? status : base::info(error.code).http_status;
  HttpResponse out =
      response(static_cast<http::status>(known), "application/problem+json", problem_json(error, known));
  if (known == 401) out.set(field::www_authenticate, "Bearer");
  if (known == 429 || known == 503) {
    out.set(field::retry_after, std::to_string(known == 429 ? 1 : edge.settings.limits.retry_after.count()));
  }
  return out;
}

std::optional<HttpResponse> refuse_upgrade(const Edge& edge, const HttpRequest& request) {
  const std::string_view host = view(request[field::host]);
  const std::string_view target = view(request.target());
  if (target.substr(0, target.find('?')) != "/sync") {
    return problem_response(edge, Error(ErrorCode::kNotFound, "no WebSocket here"));
  }
  if (!host_allowed(edge.settings, host)) {
    return problem_response(edge, Error(ErrorCode::kForbidden, "this host is not served here"), 421);
  }
  if (request.count(field::origin) != 0 &&
      !origin_allowed(edge.settings, view(request[field::origin]), host)) {
    return problem_response(edge, Error(ErrorCode::kForbidden, "this origin is not allowed"));
  }
  if (!http::token_list(request[field::sec_websocket_protocol]).exists(kSubprotocol)) {
    return problem_response(edge, Error(ErrorCode::kProtocol, "the subprotocol must be freshet.v1"));
  }
  if (edge.stopping.load(std::memory_order_relaxed)) {
    return problem_response(edge, Error(ErrorCode::kOverloaded, "the gateway is stopping"));
  }
  return std::nullopt;
}

void answer_http(const Edge& edge, const HttpRequest& request, Respond respond) {
  count(edge.metrics.http_requests);
  const std::string_view target = view(request.target());
  const std::string_view path = target.substr(0, target.find('?'));
  const Route* route = route_of(path);
  if (path == "/sync") {
    HttpResponse out = problem_response(edge, Error(ErrorCode::kProtocol, "this is a WebSocket"), 426);
    out.set(field::upgrade, "websocket");
    return respond(std::move(out));
  }
  if (is_admin(edge, path)) return answer_admin(edge, request, std::move(respond));
  if (route == nullptr) return respond(problem_response(edge, Error(ErrorCode::kNotFound, "no such page")));

  std::string origin;
  if (route->cross_origin) {
    const std::string_view host = view(request[field::host]);
    if (!host_allowed(edge.settings, host)) {
      return respond(
          problem_response(edge, Error(ErrorCode::kForbidden, "this host is not served here"), 421));
    }
    origin = request[field::origin];
    if (!origin.empty() && !origin_allowed(edge.settings, origin, host)) {
      return respond(problem_response(edge, Error(ErrorCode::kForbidden, "this origin is not allowed")));
    }
    if (request.method() == http::verb::options) return respond(preflight(origin));
  }
  const bool fits = route->post ? request.method() == http::verb::post
                                : request.method() == http::verb::get || request.method() == http::verb::head;
  if (!fits) {
    HttpResponse out = problem_response(edge, Error(ErrorCode::kProtocol, "method not allowed"), 405);
    out.set(field::allow, route->post           ? "POST, OPTIONS"
                          : route->cross_origin ? "GET, HEAD, OPTIONS"
                                                : "GET, HEAD");
    allow_origin(out, origin);
    return respond(std::move(out));
  }
  if (path == "/api/catalog") return answer_catalog(edge, request, std::move(origin), std::move(respond));
  if (!route->post) {
    HttpResponse out = read_only(edge, path);
    allow_origin(out, origin);
    return respond(std::move(out));
  }
  const session::Kind kind = path == "/api/query"      ? session::Kind::kQuery
                             : path == "/api/mutation" ? session::Kind::kMutation
                                                       : session::Kind::kAction;
  call(edge, request, kind, std::move(origin), std::move(respond));
}

}  // namespace freshet::server
