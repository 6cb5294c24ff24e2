#include "mcp/message.h"

#include <utility>

namespace freshet::mcp {
namespace {

using base::JsonKind;

constexpr std::size_t kMaxIdBytes = 256;

bool is_id(std::string_view text) {
  if (text.size() > kMaxIdBytes) return false;
  if (base::json_kind(text) == JsonKind::kString) return true;
  return base::json_kind(text) == JsonKind::kNumber && base::parse_json_id(text).ok();
}

Malformed malformed(std::string id, int code, std::string why) {
  return {std::move(id), {code, std::move(why), {}}};
}

std::variant<Message, Malformed> parse_one(std::string_view text) {
  if (base::json_kind(text) != JsonKind::kObject)
    return malformed({}, rpc_code::kInvalidRequest, "expected a JSON-RPC 2.0 message, an object");
  const Params members(text);
  Message message;
  if (const auto id = members.raw("id")) {
    if (!is_id(*id)) return malformed({}, rpc_code::kInvalidRequest, "`id`: expected a string or an integer");
    message.id = *id;
  } else {
    for (const base::JsonMember& member : members.members()) {
      // A request without an answer is a notification; one that asks for the answer to nobody is neither.
      if (member.key == "id")
        return malformed({}, rpc_code::kInvalidRequest, "`id`: expected a string or an integer, got null");
    }
  }
  const auto version = members.text("jsonrpc");
  if (!version || *version != "2.0")
    return malformed(message.id, rpc_code::kInvalidRequest, "`jsonrpc`: expected \"2.0\"");
  const auto method = members.text("method");
  if (!method || (*method && (*method)->empty()))
    return malformed(message.id, rpc_code::kInvalidRequest, "`method`: expected a string");
  if (!*method) {
    const bool answers = members.raw("result").has_value() != members.raw("error").has_value();
    if (message.id.empty() || !answers)
      return malformed(message.id, rpc_code::kInvalidRequest, "`method`: expected a string");
    message.kind = Message::Kind::kResponse;
    return message;
  }
  message.method = **method;
  message.kind = message.id.empty() ? Message::Kind::kNotification : Message::Kind::kRequest;
  const std::optional<std::string_view> params = members.raw("params");
  if (params && base::json_kind(*params) != JsonKind::kObject)
    return malformed(message.id, rpc_code::kInvalidParams, "`params`: expected an object");
  message.params = params.value_or("{}");
  return message;
}

}  // namespace

RpcError rpc_error(const base::Error& error) {
  using base::ErrorCode;
  RpcError out;
  switch (error.code) {
    case ErrorCode::kInvalidArguments:
    case ErrorCode::kInvalidCursor:
    case ErrorCode::kOutOfRange:
      out.code = rpc_code::kInvalidParams;
      break;
    case ErrorCode::kNotFound:
      out.code = rpc_code::kResourceNotFound;
      break;
    case ErrorCode::kInternal:
      out.code = rpc_code::kInternal;
      break;
    default:
      out.code = rpc_code::kServer;
  }
  out.message = std::string(base::info(error.code).name) + ": " + error.message;
  out.data = base::to_json(error);
  return out;
}

std::variant<Body, RpcError> parse_body(std::string_view text, std::size_t most) {
  if (const base::Result<void> valid = base::check_json(text); !valid)
    return RpcError{rpc_code::kParse, "the body is not JSON: " + valid.error().message, {}};
  text = base::trim_json(text);
  Body body;
  if (base::json_kind(text) != JsonKind::kArray) {
    body.messages.push_back(parse_one(text));
    return body;
  }
  body.batch = true;
  const std::vector<std::string_view> elements = base::trusted_array_elements(text);
  if (elements.empty()) return RpcError{rpc_code::kInvalidRequest, "an empty batch", {}};
  if (elements.size() > most) {
    return RpcError{
        rpc_code::kInvalidRequest, "a batch of more than " + std::to_string(most) + " messages", {}};
  }
  for (const std::string_view element : elements) body.messages.push_back(parse_one(element));
  return body;
}

std::optional<std::string_view> Params::raw(std::string_view name) const {
  for (const base::JsonMember& member : members_) {
    if (member.key == name && base::json_kind(member.value) != JsonKind::kNull) return member.value;
  }
  return std::nullopt;
}

base::Result<std::optional<std::string>> Params::text(std::string_view name) const {
  const auto value = raw(name);
  if (!value) return std::optional<std::string>();
  if (base::json_kind(*value) != JsonKind::kString) {
    return base::Error(base::ErrorCode::kInvalidArguments, "`" + std::string(name) + "`: expected a string");
  }
  base::Result<std::string> text = base::parse_json_string(*value);
  if (!text) return std::move(text).error();
  return std::optional<std::string>(*std::move(text));
}

Params Params::object(std::string_view name) const {
  const auto value = raw(name);
  return Params(value && base::json_kind(*value) == JsonKind::kObject ? *value : std::string_view("{}"));
}

std::string result_message(std::string_view id, std::string_view result) {
  std::string out = R"({"jsonrpc":"2.0","id":)";
  out.reserve(out.size() + id.size() + result.size() + 12);
  out += id;
  out += R"(,"result":)";
  out += result;
  return out + "}";
}

std::string error_message(std::string_view id, const RpcError& error) {
  std::string out = R"({"jsonrpc":"2.0","id":)";
  out += id.empty() ? std::string_view("null") : id;
  out += R"(,"error":{"code":)" + std::to_string(error.code) + R"(,"message":)";
  base::append_json_string(out, error.message);
  if (!error.data.empty()) out += R"(,"data":)" + error.data;
  return out + "}}";
}

std::string notification_message(std::string_view method, std::string_view params) {
  std::string out = R"({"jsonrpc":"2.0","method":)";
  base::append_json_string(out, method);
  if (!params.empty()) {
    out += R"(,"params":)";
    out += params;
  }
  return out + "}";
}

}  // namespace freshet::mcp
