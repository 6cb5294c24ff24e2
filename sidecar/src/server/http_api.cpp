#include "server/http_api.h"

#include <array>
#include <utility>

#include <boost/beast/http/rfc7230.hpp>

#include "base/raw_json.h"
#include "server/admin.h"
#include "server/catalog_page.h"
#include "server/cors.h"
#include "server/http_calls.h"
#include "server/mcp_page.h"
#include "server/web_socket.h"

namespace freshet::server {
namespace {

namespace http = boost::beast::http;
using base::Error;
using base::ErrorCode;
using http::field;
using http::verb;

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

using Answer = void (*)(const Edge&, const HttpRequest&, const Target&, Respond);

void now(HttpResponse out, const Respond& respond) { respond(std::move(out)); }

void answer_query(const Edge& edge, const HttpRequest& request, const Target& target, Respond respond) {
  answer_call(edge, request, target, session::Kind::kQuery, std::move(respond));
}
void answer_mutation(const Edge& edge, const HttpRequest& request, const Target& target, Respond respond) {
  answer_call(edge, request, target, session::Kind::kMutation, std::move(respond));
}
void answer_action(const Edge& edge, const HttpRequest& request, const Target& target, Respond respond) {
  answer_call(edge, request, target, session::Kind::kAction, std::move(respond));
}
void answer_mcp(const Edge& edge, const HttpRequest& request, const Target&, Respond respond) {
  answer_mcp(edge, request, std::move(respond));
}
void answer_queries(const Edge& edge, const HttpRequest& request, const Target&, Respond respond) {
  answer_batch(edge, request, std::move(respond));
}

constexpr std::string_view kFunctions = "/api/f/";
void answer_by_path(const Edge& edge, const HttpRequest& request, const Target& target, Respond respond) {
  answer_function(edge, request, target, target.path.substr(kFunctions.size()), std::move(respond));
}

constexpr std::string_view kMcp = "/mcp";

struct Route {
  std::string_view path;  // with a slash at its end: whatever begins with it
  bool get;               // HEAD too
  bool post;
  bool del;
  bool cross_origin;  // for browsers; what monitors ask is not
  Answer answer;
};
constexpr std::array<Route, 11> kRoutes{{
    {"/api/query", true, true, false, true, answer_query},
    {"/api/mutation", false, true, false, true, answer_mutation},
    {"/api/action", false, true, false, true, answer_action},
    {"/api/batch", false, true, false, true, answer_queries},
    {kFunctions, true, true, false, true, answer_by_path},
    {kMcp, true, true, true, true, answer_mcp},
    {"/api/catalog", true, false, false, true,
     [](const Edge& edge, const HttpRequest& request, const Target&, Respond respond) {
       answer_catalog(edge, request, std::move(respond));
     }},
    {"/openapi.json", true, false, false, true,
     [](const Edge& edge, const HttpRequest& request, const Target&, Respond respond) {
       now(openapi_page(edge, request), respond);
     }},
    {"/live", true, false, false, false,
     [](const Edge&, const HttpRequest&, const Target&, Respond respond) {
       now(response(http::status::ok, "application/json", R"({"live":true})"), respond);
     }},
    {"/ready", true, false, false, false,
     [](const Edge& edge, const HttpRequest&, const Target&, Respond respond) { now(ready(edge), respond); }},
    {"/metrics", true, false, false, false,
     [](const Edge& edge, const HttpRequest&, const Target&, Respond respond) {
       now(response(http::status::ok, "text/plain; version=0.0.4; charset=utf-8",
                    edge.metrics.text() + edge.backend.metrics()),
           respond);
     }},
}};

const Route* route_of(std::string_view path) {
  for (const Route& route : kRoutes) {
    if (route.path == path || (route.path.back() == '/' && path.starts_with(route.path))) return &route;
  }
  return nullptr;
}

std::string methods_of(const Route& route) {
  std::string methods = route.get ? "GET, HEAD" : "";
  if (route.post) methods += methods.empty() ? "POST" : ", POST";
  if (route.del) methods += ", DELETE";
  return methods + (route.cross_origin ? ", OPTIONS" : "");
}

}  // namespace

std::optional<HttpResponse> refuse_upgrade(const Edge& edge, const HttpRequest& request) {
  const std::optional<Target> target = parse_target(view(request.target()));
  if (!target || target->path != "/sync")
    return problem_response(edge, Error(ErrorCode::kNotFound, "no WebSocket here"));
  if (std::optional<HttpResponse> refused = refuse_place(edge, request)) return refused;
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
  const std::optional<Target> target = parse_target(view(request.target()));
  if (!target)
    return respond(
        problem_response(edge, Error(ErrorCode::kProtocol, "the target is not the path of a page")));
  if (target->path == "/sync") {
    HttpResponse out = problem_response(edge, Error(ErrorCode::kProtocol, "this is a WebSocket"), 426);
    out.set(field::upgrade, "websocket");
    return respond(std::move(out));
  }
  if (is_admin(edge, target->path)) return answer_admin(edge, request, std::move(respond));
  const Route* route = route_of(target->path);
  if (route != nullptr && route->path == kMcp && edge.mcp == nullptr) route = nullptr;
  if (route == nullptr) return respond(problem_response(edge, Error(ErrorCode::kNotFound, "no such page")));

  if (route->cross_origin) {
    if (std::optional<HttpResponse> refused = refuse_place(edge, request))
      return respond(*std::move(refused));
    const std::string origin(view(request[field::origin]));
    if (request.method() == verb::options) return respond(preflight(origin, methods_of(*route)));
    respond = [origin, respond = std::move(respond)](HttpReply out) {
      allow_origin(out.head, origin);
      respond(std::move(out));
    };
  }
  const bool reads = request.method() == verb::get || request.method() == verb::head;
  if (!(reads && route->get) && !(request.method() == verb::post && route->post) &&
      !(request.method() == verb::delete_ && route->del)) {
    HttpResponse out = problem_response(edge, Error(ErrorCode::kProtocol, "method not allowed"), 405);
    out.set(field::allow, methods_of(*route));
    return respond(std::move(out));
  }
  route->answer(edge, request, *target, std::move(respond));
}

}  // namespace freshet::server
