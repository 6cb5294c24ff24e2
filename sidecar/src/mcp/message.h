#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/raw_json.h"
#include "base/result.h"

// The envelope of the Model Context Protocol: JSON-RPC 2.0 over HTTP bodies. Values are passed on as text, so
// numbers keep their digits.
namespace freshet::mcp {

// The codes of JSON-RPC and of the protocol.
namespace rpc_code {
inline constexpr int kParse = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternal = -32603;
// What the protocol leaves to servers: the typed error of Freshet is in `data`.
inline constexpr int kServer = -32000;
inline constexpr int kResourceNotFound = -32002;
}  // namespace rpc_code

struct RpcError {
  int code = rpc_code::kInternal;
  std::string message;
  std::string data;  // JSON text; empty: none
};

// An error of a call as one of JSON-RPC, with the typed error as its data.
RpcError rpc_error(const base::Error& error);

struct Message {
  enum class Kind { kRequest, kNotification, kResponse };
  Kind kind = Kind::kNotification;
  std::string id;      // of requests and responses: its JSON text, a string or an integer
  std::string method;  // empty: a response
  std::string params;  // JSON text of an object
};

// What is in the place of a message that can't be taken.
struct Malformed {
  std::string id;  // JSON text; empty: it can't be told whose
  RpcError error;
};

struct Body {
  bool batch = false;
  std::vector<std::variant<Message, Malformed>> messages;
};

// The body of one POST. The error: it is no JSON at all, an empty batch, or one of more than `most` messages.
std::variant<Body, RpcError> parse_body(std::string_view text, std::size_t most);

// Looks into the params of a message. Views point into the text given, which outlives them.
class Params {
 public:
  explicit Params(std::string_view object) : members_(base::trusted_object_members(object)) {}

  // The member's JSON text; nullopt: absent or null.
  std::optional<std::string_view> raw(std::string_view name) const;
  // A string. The error: it is something else. Absent: nullopt.
  base::Result<std::optional<std::string>> text(std::string_view name) const;
  // The members of an object within; none when it is absent or something else.
  Params object(std::string_view name) const;
  const std::vector<base::JsonMember>& members() const { return members_; }

 private:
  std::vector<base::JsonMember> members_;
};

// Whole messages, as text.
std::string result_message(std::string_view id, std::string_view result);
std::string error_message(std::string_view id, const RpcError& error);  // `id` empty: null
std::string notification_message(std::string_view method, std::string_view params);

}  // namespace freshet::mcp
