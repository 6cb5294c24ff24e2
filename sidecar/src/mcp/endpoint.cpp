#include "mcp/endpoint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace freshet::mcp {
namespace {

using base::Error;
using base::ErrorCode;

// The newest first.
constexpr std::array<std::string_view, 3> kVersions{"2025-11-25", "2025-06-18", "2025-03-26"};
constexpr std::string_view kBatches = "2025-03-26";

constexpr std::string_view kInstructions =
    "Tools are functions of a PostgreSQL database. Queries only read; each mutation is one transaction that "
    "happens "
    "as a whole or not at all. A call that fails has isError and, as text, {code, message, details?, "
    "retryable}: "
    "with `retryable` the same call may succeed later; `invalid_arguments` lists in details what was "
    "expected where. "
    "Long lists are cut and say so in `truncated`; where a tool takes a page, go on with `next` as its "
    "`after`. "
    "Every query is also a resource; subscribe to be told when its result changes.";

bool is_known(std::string_view version) {
  return std::find(kVersions.begin(), kVersions.end(), version) != kVersions.end();
}

Reply refusal(int status, const RpcError& error) {
  return {status, "application/json", error_message({}, error), {}};
}

// What is wrong with the request as one of HTTP: its session, its rate.
Reply refusal(const Error& error) {
  RpcError out = rpc_error(error);
  out.code = rpc_code::kServer;
  return refusal(base::info(error.code).http_status, out);
}

std::string initialize_result(std::string_view version, const session::ServerInfo& server) {
  std::string out = R"({"protocolVersion":)" + base::json_string(version);
  out += R"(,"capabilities":{"tools":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true},)"
         R"("prompts":{"listChanged":true},"logging":{},"completions":{}},"serverInfo":{"name":)";
  out +=
      base::json_string(server.name) + R"(,"title":"Freshet","version":)" + base::json_string(server.version);
  return out + R"(},"instructions":)" + base::json_string(kInstructions) + "}";
}

}  // namespace

Endpoint::Endpoint(Surroundings around)
    : around_(std::move(around)), table_(std::make_shared<SessionTable>(around_)) {}

std::shared_ptr<const Catalog> Endpoint::catalog() {
  const std::shared_ptr<const session::Catalog> known = around_.backend.catalog();
  if (!known || !known->whole) return nullptr;
  const std::lock_guard lock(catalog_mutex_);
  if (catalog_ && catalog_->hash() == known->hash) return catalog_;
  auto read = Catalog::parse(*known->whole, known->hash);
  if (!read) {
    around_.report("mcp: " + read.error().message);
    return nullptr;
  }
  catalog_ = *std::move(read);
  for (const std::string& problem : catalog_->problems()) around_.report("mcp: " + problem);
  return catalog_;
}

void Endpoint::catalog_changed() { table_->catalog_changed(); }

std::variant<SessionTable::Found, Reply> Endpoint::session_of(const Headers& headers) {
  if (headers.version && !is_known(*headers.version)) {
    return refusal(400, {rpc_code::kInvalidRequest,
                         "MCP-Protocol-Version: expected 2025-11-25, 2025-06-18 or 2025-03-26",
                         {}});
  }
  if (!headers.session)
    return refusal(400,
                   {rpc_code::kServer, "Mcp-Session-Id is missing; begin a session with initialize", {}});
  auto found = table_->find(*headers.session, headers.identity);
  if (!found) return refusal(found.error());
  return *std::move(found);
}

void Endpoint::begin(const Headers& headers, const Message& message, std::function<void(Reply)> done) {
  const auto asked = Params(message.params).text("protocolVersion");
  const auto refuse = [&](const RpcError& error) {
    done({200, "application/json", error_message(message.id, error), {}});
  };
  if (!asked || !*asked) return refuse(invalid_params("`protocolVersion`: expected a string"));
  const std::string version(is_known(**asked) ? std::string_view(**asked) : kVersions.front());
  base::Result<std::string> session = table_->begin(headers.identity, version);
  if (!session) return done(refusal(session.error()));
  done({200, "application/json", result_message(message.id, initialize_result(version, around_.rules.server)),
        *std::move(session)});
}

void Endpoint::answer(const std::shared_ptr<Exchange>& exchange, const Headers& headers, LogLevel level,
                      Message message) {
  const std::size_t place = exchange->add();
  const std::string& id = message.id;
  const auto fail = [&](const RpcError& error) { exchange->answer(place, error_message(id, error)); };
  if (message.method == "initialize")
    return fail({rpc_code::kInvalidRequest, "the session is initialized already", {}});
  const Method method = method_named(message.method);
  if (method == nullptr)
    return fail({rpc_code::kMethodNotFound, "there is no method " + base::json_string(message.method), {}});
  auto known = catalog();
  if (!known)
    return fail(
        rpc_error(Error(ErrorCode::kOverloaded, "the gateway has not reached its database yet; try again")));
  const std::string session = *headers.session;
  const auto began = table_->request_began(session, id, [exchange, place] { exchange->answer(place, {}); });
  if (!began) return fail(rpc_error(began.error()));
  auto request = std::make_shared<const Request>(Request{around_, table_, session, level, headers.identity,
                                                         std::move(known), headers.idempotency_key,
                                                         std::move(message.params)});
  method(request, [exchange, place, id, session, table = table_](Answered answered) {
    table->request_ended(session, id);
    if (const RpcError* error = std::get_if<RpcError>(&answered.outcome))
      return exchange->answer(place, error_message(id, *error), std::move(answered.notifications));
    exchange->answer(place, result_message(id, std::get<std::string>(answered.outcome)),
                     std::move(answered.notifications));
  });
}

void Endpoint::post(Headers headers, std::string text, std::function<void(Reply)> done) {
  auto parsed = parse_body(text, around_.limits.max_batch);
  if (const RpcError* error = std::get_if<RpcError>(&parsed)) return done(refusal(400, *error));
  Body& body = std::get<Body>(parsed);
  if (!body.batch && !headers.session) {
    const Message* first = std::get_if<Message>(&body.messages.front());
    if (first != nullptr && first->method == "initialize" && first->kind == Message::Kind::kRequest)
      return begin(headers, *first, std::move(done));
  }
  auto session = session_of(headers);
  if (Reply* refused = std::get_if<Reply>(&session)) return done(std::move(*refused));
  const auto& found = std::get<SessionTable::Found>(session);
  if (body.batch && found.version != kBatches)
    return done(
        refusal(400, {rpc_code::kInvalidRequest, "this revision of the protocol has no batches", {}}));
  const bool alone = body.messages.size() == 1 && !body.batch;
  if (const Malformed* malformed = alone ? std::get_if<Malformed>(&body.messages.front()) : nullptr)
    return done({400, "application/json", error_message(malformed->id, malformed->error), {}});
  auto exchange = std::make_shared<Exchange>(body.batch, headers.takes_events, std::move(done));
  for (auto& one : body.messages) {
    if (const Malformed* malformed = std::get_if<Malformed>(&one)) {
      exchange->answer(exchange->add(), error_message(malformed->id, malformed->error));
      continue;
    }
    Message& message = std::get<Message>(one);
    if (message.kind == Message::Kind::kRequest) {
      answer(exchange, headers, found.level, std::move(message));
    } else if (message.method == "notifications/cancelled") {
      if (const auto request = Params(message.params).raw("requestId"))
        table_->cancel(*headers.session, std::string(*request));
    }
  }
  exchange->sealed();
}

std::variant<EventSourcePtr, Reply> Endpoint::listen(const Headers& headers,
                                                     std::shared_ptr<EventListener> listener) {
  auto session = session_of(headers);
  if (Reply* refused = std::get_if<Reply>(&session)) return std::move(*refused);
  std::optional<std::uint64_t> last;
  if (headers.last_event) {
    std::uint64_t number = 0;
    const char* end = headers.last_event->data() + headers.last_event->size();
    const auto read = std::from_chars(headers.last_event->data(), end, number);
    if (read.ec != std::errc() || read.ptr != end)
      return refusal(400, {rpc_code::kInvalidRequest, "Last-Event-ID: none that was given here", {}});
    last = number;
  }
  EventSourcePtr source = table_->listen(*headers.session, last, std::move(listener));
  if (source == nullptr) return refusal(Error(ErrorCode::kNotFound, "the session has ended"));
  return source;
}

Reply Endpoint::end(const Headers& headers) {
  if (!headers.session) return refusal(400, {rpc_code::kServer, "Mcp-Session-Id is missing", {}});
  if (!table_->end(*headers.session, headers.identity))
    return refusal(Error(ErrorCode::kNotFound, "there is no such session"));
  return {204, {}, {}, {}};
}

}  // namespace freshet::mcp
