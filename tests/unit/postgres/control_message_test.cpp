#include "postgres/control_message.h"

#include <gtest/gtest.h>

#include "freshet_wire/control.hpp"
#include "freshet_wire/read_set.hpp"

namespace freshet::postgres {
namespace {

constexpr wire::SipKey kKey{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

wire::Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(ControlMessage, AFenceOpensUnderItsKeyOnly) {
  const std::string message = fence_message(kKey, 4711);
  wire::ControlMessage opened;
  ASSERT_TRUE(wire::open_control(kKey, bytes_of(message), &opened));
  EXPECT_EQ(opened.tag, wire::ControlTag::kFence);
  wire::Cursor body(opened.body);
  EXPECT_EQ(body.u64(), 4711u);
  EXPECT_TRUE(body.at_end());
  wire::SipKey other = kKey;
  other.bytes[0] ^= 1;
  EXPECT_FALSE(wire::open_control(other, bytes_of(message), &opened));
}

TEST(ControlMessage, WatchComesBeforeUnwatch) {
  live::SendInterest interest;
  interest.version = 9;
  interest.watch = {{100, {{1, 3}, {2, 4}}}};
  interest.unwatch = {200};
  const std::vector<std::string> messages = interest_messages(kKey, interest);
  ASSERT_EQ(messages.size(), 2u);
  wire::ControlMessage opened;
  ASSERT_TRUE(wire::open_control(kKey, bytes_of(messages[0]), &opened));
  EXPECT_EQ(opened.tag, wire::ControlTag::kInterest);
  wire::Cursor body(opened.body);
  for (const std::uint64_t expected : {9u, 0u, 1u, 100u, 2u, 1u, 3u, 2u, 4u}) EXPECT_EQ(body.var(), expected);
  EXPECT_TRUE(body.ok() && body.at_end());
  ASSERT_TRUE(wire::open_control(kKey, bytes_of(messages[1]), &opened));
  EXPECT_EQ(opened.tag, wire::ControlTag::kUnwatch);
}

TEST(ControlMessage, ATestBringsItsExpressionAlong) {
  live::SendInterest interest;
  interest.version = 3;
  interest.watch = {{100, {{1, 1, ""}, {wire::kFirstTest + 5, 1, "{OPEXPR}"}}}};
  wire::ControlMessage opened;
  const std::vector<std::string> messages = interest_messages(kKey, interest);
  ASSERT_TRUE(wire::open_control(kKey, bytes_of(messages.at(0)), &opened));
  wire::Cursor body(opened.body);
  for (const std::uint64_t expected :
       {std::uint64_t{3}, std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{100}, std::uint64_t{2},
        std::uint64_t{1}, std::uint64_t{1}, wire::kFirstTest + 5, std::uint64_t{1}})
    EXPECT_EQ(body.var(), expected);
  const wire::Bytes expression = body.bytes();
  EXPECT_EQ(std::string(expression.begin(), expression.end()), "{OPEXPR}");
  EXPECT_TRUE(body.ok() && body.at_end());
}

TEST(ControlMessage, AnInterestInNothingStillAnnouncesItsVersion) {
  live::SendInterest interest;
  interest.version = 1;
  interest.replace = true;
  EXPECT_EQ(interest_messages(kKey, interest).size(), 1u);
}

}  // namespace
}  // namespace freshet::postgres
