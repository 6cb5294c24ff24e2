#include "session/client_frame.h"

#include <algorithm>
#include <utility>

#include "base/raw_json.h"

namespace freshet::session {
namespace {

using base::Error;
using base::ErrorCode;
using base::JsonKind;
using base::Result;
using Members = std::vector<base::JsonMember>;

Error protocol(std::string message) { return Error(ErrorCode::kProtocol, std::move(message)); }
Error wrong(std::string_view member, std::string_view expected) {
  return protocol("`" + std::string(member) + "`: expected " + std::string(expected));
}

// A present member that is not null.
std::optional<std::string_view> find(const Members& members, std::string_view key) {
  for (const base::JsonMember& member : members) {
    if (member.key == key && base::json_kind(member.value) != JsonKind::kNull) return member.value;
  }
  return std::nullopt;
}

Result<std::uint64_t> id_of(const Members& members, std::string_view key) {
  const std::optional<std::string_view> value = find(members, key);
  if (value && value->front() != '-') {
    if (const Result<std::int64_t> id = base::parse_json_id(*value)) return static_cast<std::uint64_t>(*id);
  }
  return wrong(key, "an integer from 0 to 2^53-1");
}

Result<std::optional<std::string>> text_of(const Members& members, std::string_view key) {
  const std::optional<std::string_view> value = find(members, key);
  if (!value) return std::optional<std::string>();
  if (base::json_kind(*value) != JsonKind::kString) return wrong(key, "a string");
  Result<std::string> text = base::parse_json_string(*value);
  if (!text) return wrong(key, "a string");
  return std::optional<std::string>(*std::move(text));
}

std::optional<Error> object_within(std::string_view name, std::string_view value, const Limits& limits) {
  if (value.size() > limits.max_args_bytes) {
    return Error(ErrorCode::kTooLarge, "`" + std::string(name) + "` is longer than " +
                                           std::to_string(limits.max_args_bytes) + " bytes");
  }
  if (base::json_kind(value) != JsonKind::kObject) {
    return Error(ErrorCode::kInvalidArguments, "`" + std::string(name) + "`: expected an object");
  }
  return std::nullopt;
}

// The call of a frame: an Error of `protocol` when the frame is wrong, of another code when only the call is.
Result<Call> call_of(const Members& members, const Limits& limits) {
  Result<std::optional<std::string>> path = text_of(members, "path");
  if (!path) return std::move(path).error();
  if (!*path) return wrong("path", "a string");
  Call call;
  call.path = **std::move(path);
  call.args = "{}";
  if (const auto args = find(members, "args")) {
    if (std::optional<Error> error = object_within("args", *args, limits)) return *std::move(error);
    call.args = *args;
  }
  if (const auto page = find(members, "page")) {
    if (std::optional<Error> error = object_within("page", *page, limits)) return *std::move(error);
    call.page = std::string(*page);
  }
  return call;
}

Result<ClientFrame> hello(const Members& members, const Limits& limits) {
  HelloFrame frame;
  Result<std::optional<std::string>> session = text_of(members, "session");
  if (!session) return std::move(session).error();
  Result<std::optional<std::string>> last_epoch = text_of(members, "last_epoch");
  if (!last_epoch) return std::move(last_epoch).error();
  frame.session = *std::move(session);
  frame.last_epoch = *std::move(last_epoch);
  if (const auto pending = find(members, "pending")) {
    if (base::json_kind(*pending) != JsonKind::kArray) return wrong("pending", "an array of integers");
    const std::vector<std::string_view> ids = base::trusted_array_elements(*pending);
    if (ids.size() > limits.max_pending) return wrong("pending", "fewer ids");
    for (const std::string_view id : ids) {
      const Result<std::int64_t> parsed = base::parse_json_id(id);
      if (!parsed || id.front() == '-') return wrong("pending", "an array of integers");
      frame.pending.push_back(static_cast<std::uint64_t>(*parsed));
    }
    std::sort(frame.pending.begin(), frame.pending.end());
    frame.pending.erase(std::unique(frame.pending.begin(), frame.pending.end()), frame.pending.end());
  }
  return ClientFrame(std::move(frame));
}

Result<ClientFrame> auth(const Members& members) {
  const bool named =
      std::any_of(members.begin(), members.end(), [](const auto& member) { return member.key == "token"; });
  Result<std::optional<std::string>> token = text_of(members, "token");
  if (!named || !token) return wrong("token", "a string or null");
  return ClientFrame(AuthFrame{*std::move(token)});
}

Result<ClientFrame> subscribe(const Members& members, const Limits& limits) {
  Subscribe subscription;
  const Result<std::uint64_t> id = id_of(members, "id");
  if (!id) return id.error();
  subscription.id = *id;
  Result<std::optional<std::string>> have = text_of(members, "have");
  if (!have) return std::move(have).error();
  subscription.have = *std::move(have);
  if (const auto lockstep = find(members, "lockstep")) {
    if (base::json_kind(*lockstep) != JsonKind::kBool) return wrong("lockstep", "true or false");
    subscription.lockstep = *lockstep == "true";
  }
  Result<Call> call = call_of(members, limits);
  if (!call) {
    if (call.error().code == ErrorCode::kProtocol) return std::move(call).error();
    return ClientFrame(RefusedCall{true, *id, std::move(call).error()});
  }
  subscription.call = *std::move(call);
  return ClientFrame(SubscribeFrame{std::move(subscription)});
}

Result<ClientFrame> request(const Members& members, Kind kind, const Limits& limits) {
  const Result<std::uint64_t> id = id_of(members, "id");
  if (!id) return id.error();
  Result<Call> call = call_of(members, limits);
  if (!call) {
    if (call.error().code == ErrorCode::kProtocol) return std::move(call).error();
    return ClientFrame(RefusedCall{false, *id, std::move(call).error()});
  }
  return ClientFrame(RequestFrame{kind, *id, *std::move(call)});
}

Result<ClientFrame> ping(const Members& members, const Limits& limits) {
  PingFrame frame;
  for (const base::JsonMember& member : members) {
    if (member.key != "data") continue;
    if (member.value.size() > limits.max_ping_bytes) return wrong("data", "fewer bytes");
    frame.data = std::string(member.value);
  }
  return ClientFrame(std::move(frame));
}

Result<ClientFrame> decode_members(const Members& members, const Limits& limits) {
  Result<std::optional<std::string>> type = text_of(members, "type");
  if (!type) return std::move(type).error();
  const std::string name = (*type).value_or("");
  if (name == "hello") return hello(members, limits);
  if (name == "auth") return auth(members);
  if (name == "subscribe") return subscribe(members, limits);
  if (name == "query") return request(members, Kind::kQuery, limits);
  if (name == "mutate") return request(members, Kind::kMutation, limits);
  if (name == "act") return request(members, Kind::kAction, limits);
  if (name == "ping") return ping(members, limits);
  if (name == "unsubscribe") {
    const Result<std::uint64_t> id = id_of(members, "id");
    return id ? Result<ClientFrame>(UnsubscribeFrame{*id}) : id.error();
  }
  if (name == "ack") {
    const Result<std::uint64_t> upto = id_of(members, "upto");
    return upto ? Result<ClientFrame>(AckFrame{*upto}) : upto.error();
  }
  return wrong("type", "hello, auth, subscribe, unsubscribe, mutate, query, act, ack or ping");
}

// When everything but `args` is right (it may be nested too deeply, or name a key twice), the call is refused
// and not the socket: an application may have built such arguments, and would be sent away again at every
// reconnect.
std::optional<RefusedCall> salvage(std::string_view text, const Error& why, const Limits& limits) {
  const std::optional<std::string> rest = base::with_empty_member(text, "args");
  const Result<Members> members = rest ? base::object_members(*rest) : Result<Members>(why);
  if (!members) return std::nullopt;
  const Result<ClientFrame> frame = decode_members(*members, limits);
  if (!frame) return std::nullopt;
  Error error(ErrorCode::kInvalidArguments, why.message);
  if (const auto* subscribe = std::get_if<SubscribeFrame>(&*frame))
    return RefusedCall{true, subscribe->subscription.id, std::move(error)};
  if (const auto* request = std::get_if<RequestFrame>(&*frame))
    return RefusedCall{false, request->id, std::move(error)};
  return std::nullopt;
}

}  // namespace

Result<ClientFrame> decode_client_frame(std::string_view text, const Limits& limits) {
  const Result<Members> members = base::object_members(text);
  if (members) return decode_members(*members, limits);
  if (std::optional<RefusedCall> refused = salvage(text, members.error(), limits))
    return ClientFrame(*std::move(refused));
  return protocol(members.error().message);
}

}  // namespace freshet::session
