#include "mcp/message.h"

#include <gtest/gtest.h>

namespace freshet::mcp {
namespace {

std::string text_of(const std::variant<Body, RpcError>& parsed) {
  if (const RpcError* error = std::get_if<RpcError>(&parsed)) return std::to_string(error->code);
  std::string out;
  for (const auto& one : std::get<Body>(parsed).messages) {
    if (!out.empty()) out += ' ';
    if (const Malformed* malformed = std::get_if<Malformed>(&one)) {
      out += std::to_string(malformed->error.code) + "(" + malformed->id + ")";
      continue;
    }
    const Message& message = std::get<Message>(one);
    out += message.kind == Message::Kind::kRequest        ? "request"
           : message.kind == Message::Kind::kNotification ? "notification"
                                                          : "response";
    out += "(" + message.id + "," + message.method + "," + message.params + ")";
  }
  return out;
}

std::string parsed(std::string_view text) { return text_of(parse_body(text, 3)); }

TEST(RpcMessage, IsARequestANotificationOrAResponse) {
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":1,"method":"ping"})"), "request(1,ping,{})");
  EXPECT_EQ(parsed(R"( {"jsonrpc":"2.0","id":"a\"b","method":"m","params":{"n":1.50}} )"),
            R"(request("a\"b",m,{"n":1.50}))");
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","method":"n","params":null})"), "notification(,n,{})");
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":7,"result":{}})"), "response(7,,)");
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":7,"error":{"code":1}})"), "response(7,,)");
}

TEST(RpcMessage, ThatIsMalformedNamesItsRequestWhereItCan) {
  EXPECT_EQ(parsed("{"), "-32700");
  EXPECT_EQ(parsed("\xff"), "-32700");
  EXPECT_EQ(parsed("7"), "-32600()");
  EXPECT_EQ(parsed(R"({"jsonrpc":"1.0","id":3,"method":"m"})"), "-32600(3)");
  EXPECT_EQ(parsed(R"({"id":3,"method":"m"})"), "-32600(3)");
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":null,"method":"m"})"), "-32600()");
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":1.5,"method":"m"})"), "-32600()");
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":[],"method":"m"})"), "-32600()");
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":3,"method":""})"), "-32600(3)");
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":3})"), "-32600(3)");
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":3,"result":1,"error":2})"), "-32600(3)");
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":3,"method":"m","params":[1]})"), "-32602(3)");
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":")" + std::string(300, 'x') + R"(","method":"m"})"), "-32600()");
}

TEST(RpcMessage, ComesInBatchesOfABoundedLength) {
  EXPECT_EQ(parsed(R"([{"jsonrpc":"2.0","method":"a"},7])"), "notification(,a,{}) -32600()");
  EXPECT_EQ(parsed("[]"), "-32600");
  EXPECT_EQ(parsed("[1,2,3,4]"), "-32600");
}

TEST(RpcMessage, IsWrittenWithTheIdAsItCame) {
  EXPECT_EQ(result_message("\"a\"", "{}"), R"({"jsonrpc":"2.0","id":"a","result":{}})");
  EXPECT_EQ(error_message({}, {-1, "a\"b", "{}"}),
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"a\"b","data":{}}})");
  EXPECT_EQ(notification_message("n", {}), R"({"jsonrpc":"2.0","method":"n"})");
}

}  // namespace
}  // namespace freshet::mcp
