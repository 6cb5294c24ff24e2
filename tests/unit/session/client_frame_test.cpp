#include "session/client_frame.h"

#include <gtest/gtest.h>

namespace freshet::session {
namespace {

std::string code(std::string_view text, const Limits& limits = {}) {
  const auto frame = decode_client_frame(text, limits);
  if (!frame) return std::string(base::info(frame.error().code).name);
  if (const auto* refused = std::get_if<RefusedCall>(&*frame)) {
    return "refused " + std::to_string(refused->id) + " " + std::string(base::info(refused->error.code).name);
  }
  return "";
}

TEST(ClientFrame, KeepsArgumentsDigitForDigit) {
  const auto frame = decode_client_frame(
      R"({"type":"mutate","id":1,"path":"a.b","args": {"n": 9007199254740993, "f":1.0e+02,"s":"\u00e9"} })",
      {});
  ASSERT_TRUE(frame);
  EXPECT_EQ(std::get<RequestFrame>(*frame).call.args, R"({"n": 9007199254740993, "f":1.0e+02,"s":"\u00e9"})");
}

TEST(ClientFrame, TakesNullForAbsentAndIgnoresUnknownMembers) {
  const auto frame = decode_client_frame(
      R"({"type":"subscribe","id":0,"path":"a.b","args":null,"page":null,"have":null,"lockstep":null,"new":[1]})",
      {});
  ASSERT_TRUE(frame);
  const Subscribe& subscription = std::get<SubscribeFrame>(*frame).subscription;
  EXPECT_EQ(subscription.call.args, "{}");
  EXPECT_FALSE(subscription.call.page);
  EXPECT_FALSE(subscription.have);
  EXPECT_FALSE(subscription.lockstep);
}

TEST(ClientFrame, SortsPendingIds) {
  const auto frame = decode_client_frame(R"({"type":"hello","session":"s","pending":[3,1,3,2]})", {});
  ASSERT_TRUE(frame);
  EXPECT_EQ(std::get<HelloFrame>(*frame).pending, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(ClientFrame, RefusesWhatIsNotTheProtocol) {
  for (const char* text : {
           "",
           " ",
           "hello",
           "[]",
           "7",
           "null",
           "\"hello\"",
           "{",
           "{}",
           R"({"type":1})",
           R"({"type":null})",
           R"({"type":"shout"})",
           R"({"type":"Hello"})",
           R"({"type":"hello"}{)",
           R"({"type":"hello"} x)",
           R"({"type":"hello","type":"ping"})",
           R"({"type":"hello","session":1})",
           R"({"type":"hello","last_epoch":[]})",
           R"({"type":"hello","pending":1})",
           R"({"type":"hello","pending":[-1]})",
           R"({"type":"hello","pending":["1"]})",
           R"({"type":"hello","pending":[1.5]})",
           R"({"type":"auth"})",
           R"({"type":"auth","token":1})",
           R"({"type":"auth","token":{}})",
           R"({"type":"subscribe","path":"a.b"})",
           R"({"type":"subscribe","id":"1","path":"a.b"})",
           R"({"type":"subscribe","id":-1,"path":"a.b"})",
           R"({"type":"subscribe","id":-0,"path":"a.b"})",
           R"({"type":"subscribe","id":1.0,"path":"a.b"})",
           R"({"type":"subscribe","id":1e3,"path":"a.b"})",
           R"({"type":"subscribe","id":9007199254740992,"path":"a.b"})",
           R"({"type":"subscribe","id":1})",
           R"({"type":"subscribe","id":1,"path":7})",
           R"({"type":"subscribe","id":1,"path":"a.b","have":7})",
           R"({"type":"subscribe","id":1,"path":"a.b","lockstep":1})",
           R"({"type":"mutate","path":"a.b"})",
           R"({"type":"mutate","id":1})",
           R"({"type":"query","id":true,"path":"a.b"})",
           R"({"type":"unsubscribe"})",
           R"({"type":"ack"})",
           R"({"type":"ack","upto":"1"})",
           "{\"type\":\"auth\",\"token\":\"\xc3\x28\"}",
           "{\"type\":\"auth\",\"token\":\"\xed\xa0\x80\"}",
           R"({"type":"auth","token":"\ud800"})",
           "{\"type\":\"auth\",\"token\":\"a\nb\"}",
       }) {
    EXPECT_EQ(code(text), "protocol") << text;
  }
}

TEST(ClientFrame, RefusesOnlyTheCallWhenOnlyTheCallIsWrong) {
  EXPECT_EQ(code(R"({"type":"query","id":4,"path":"a.b","args":[]})"), "refused 4 invalid_arguments");
  EXPECT_EQ(code(R"({"type":"query","id":4,"path":"a.b","args":7})"), "refused 4 invalid_arguments");
  EXPECT_EQ(code(R"({"type":"query","id":4,"path":"a.b","page":"x"})"), "refused 4 invalid_arguments");
  EXPECT_EQ(code(R"({"type":"query","id":4,"path":"a.b","args":{"a":1,"a":2}})"),
            "refused 4 invalid_arguments");
  EXPECT_EQ(code(R"({"type":"query","id":4,"path":"a.b","args":{"a":NaN}})"), "refused 4 invalid_arguments");
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(code(R"({"type":"subscribe","id":5,"path":"a.b","args":{"a":)" + deep + "}}"),
            "refused 5 invalid_arguments");
  Limits limits;
  limits.max_args_bytes = 10;
  EXPECT_EQ(code(R"({"type":"mutate","id":6,"path":"a.b","args":{"a":"0123456789"}})", limits),
            "refused 6 too_large");
}

TEST(ClientFrame, DoesNotSalvageAFrameThatIsWrongElsewhereToo) {
  EXPECT_EQ(code(R"({"type":"query","id":4,"id":5,"path":"a.b","args":{"a":1,"a":2}})"), "protocol");
  EXPECT_EQ(code(R"({"type":"query","id":4,"path":"a.b","args":{"a":1,"a":2})"), "protocol");
  EXPECT_EQ(code(R"({"type":"query","id":4,"path":"a.b","args":{"a":1,"a":2},"args":{}})"), "protocol");
  EXPECT_EQ(code(R"({"type":"ping","args":{"a":1,"a":2}})"), "protocol");
}

TEST(ClientFrame, BoundsPendingAndPing) {
  Limits limits;
  limits.max_pending = 2;
  limits.max_ping_bytes = 4;
  EXPECT_EQ(code(R"({"type":"hello","pending":[1,2]})", limits), "");
  EXPECT_EQ(code(R"({"type":"hello","pending":[1,2,3]})", limits), "protocol");
  EXPECT_EQ(code(R"({"type":"ping","data":"ab"})", limits), "");
  EXPECT_EQ(code(R"({"type":"ping","data":"abc"})", limits), "protocol");
}

}  // namespace
}  // namespace freshet::session
