#include "server/mcp_page.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "mcp/endpoint.h"
#include "server/caller.h"
#include "server/event_stream.h"

namespace freshet::server {
namespace {

namespace http = boost::beast::http;
using base::Error;
using base::ErrorCode;
using http::field;
using http::verb;

std::optional<std::string> header(const HttpRequest& request, std::string_view name) {
  const auto fields = request.equal_range(boost::beast::string_view(name.data(), name.size()));
  if (fields.first == fields.second) return std::nullopt;
  // Two are none that could be right.
  if (std::next(fields.first) != fields.second) return std::string();
  return std::string(view(fields.first->value()));
}

// Whether the Accept of the request takes this type. Without one everything is taken.
bool accepts(const HttpRequest& request, std::string_view type) {
  const auto fields = request.equal_range(field::accept);
  if (fields.first == fields.second) return true;
  const std::string_view major = type.substr(0, type.find('/') + 1);
  for (auto at = fields.first; at != fields.second; ++at) {
    std::string_view rest = view(at->value());
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      std::string_view one = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      one = base::trim_json(one.substr(0, one.find(';')));
      const auto is = [&](std::string_view other) {
        return boost::beast::iequals({one.data(), one.size()}, {other.data(), other.size()});
      };
      if (is(type) || is("*/*") || is(std::string(major) + "*")) return true;
    }
  }
  return false;
}

HttpResponse response_of(const Edge& edge, const mcp::Reply& reply) {
  HttpResponse out = response(static_cast<http::status>(reply.status), reply.type, reply.body);
  if (!reply.session.empty()) out.set("Mcp-Session-Id", reply.session);
  if (reply.status == 429 || reply.status == 503)
    out.set(field::retry_after,
            std::to_string(reply.status == 429 ? 1 : edge.settings.limits.retry_after.count()));
  return out;
}

void listen(const Edge& edge, const mcp::Headers& headers, const Respond& respond) {
  auto signal = std::make_shared<StreamSignal>();
  auto opened = edge.mcp->listen(headers, signal);
  if (const mcp::Reply* refused = std::get_if<mcp::Reply>(&opened))
    return respond(response_of(edge, *refused));
  HttpReply reply(response(http::status::ok, "text/event-stream", {}));
  // Proxies that gather responses are asked not to.
  reply.head.set(field::cache_control, "no-store, no-transform");
  reply.head.set("X-Accel-Buffering", "no");
  reply.events = std::get<mcp::EventSourcePtr>(std::move(opened));
  reply.signal = std::move(signal);
  respond(std::move(reply));
}

std::optional<HttpResponse> refuse_form(const Edge& edge, const HttpRequest& request) {
  const auto refused = [&](const char* why, int status) {
    return problem_response(edge, Error(ErrorCode::kProtocol, why), status);
  };
  if (request.method() == verb::post) {
    if (!is_json(request))
      return refused("Content-Type must be application/json, without Content-Encoding", 415);
    if (!accepts(request, "application/json"))
      return refused("Accept must have application/json and text/event-stream", 406);
  }
  if (request.method() == verb::get && !accepts(request, "text/event-stream"))
    return refused("Accept must have text/event-stream", 406);
  if (edge.stopping.load(std::memory_order_relaxed))
    return problem_response(edge, Error(ErrorCode::kOverloaded, "the gateway is stopping"));
  return std::nullopt;
}

}  // namespace

void answer_mcp(const Edge& edge, const HttpRequest& request, Respond respond) {
  if (std::optional<HttpResponse> refused = refuse_form(edge, request)) return respond(*std::move(refused));
  mcp::Headers headers;
  headers.session = header(request, "Mcp-Session-Id");
  headers.version = header(request, "Mcp-Protocol-Version");
  headers.idempotency_key = header(request, "Idempotency-Key");
  headers.last_event = header(request, "Last-Event-ID");
  headers.takes_events = accepts(request, "text/event-stream");
  const verb method = request.method();
  std::string body = method == verb::post ? request.body() : std::string();
  identify(edge, request,
           [&edge, method, headers = std::move(headers), body = std::move(body),
            respond = std::move(respond)](access::Authenticated who) mutable {
             if (!who) return respond(problem_response(edge, who.error()));
             headers.identity = *std::move(who);
             if (method == verb::get) return listen(edge, headers, respond);
             if (method == verb::delete_) return respond(response_of(edge, edge.mcp->end(headers)));
             edge.mcp->post(std::move(headers), std::move(body),
                            [&edge, respond = std::move(respond)](const mcp::Reply& reply) {
                              respond(response_of(edge, reply));
                            });
           });
}

}  // namespace freshet::server
