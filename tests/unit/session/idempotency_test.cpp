#include "session/idempotency.h"

#include <gtest/gtest.h>

namespace freshet::session {
namespace {

TEST(IdempotencyKey, IsOneSessionPerPrincipalAndKey) {
  EXPECT_EQ(keyed_session("p", "k"), keyed_session("p", "k"));
  EXPECT_NE(keyed_session("p", "k"), keyed_session("q", "k"));
  EXPECT_NE(keyed_session("p", "k"), keyed_session("p", "l"));
  EXPECT_NE(keyed_session("ab", "c"), keyed_session("a", "bc"));
  EXPECT_NE(keyed_session("", "1:k"), keyed_session("k", "1:"));
  EXPECT_EQ(keyed_session("", "k").size(), 47u);
  EXPECT_EQ(keyed_session("", "k").rfind("key:", 0), 0u);
}

TEST(IdempotencyKey, IsVisibleAscii) {
  EXPECT_TRUE(is_idempotency_key("order-4711"));
  EXPECT_TRUE(is_idempotency_key(std::string(255, 'x')));
  for (const std::string& key : {std::string(), std::string(256, 'x'), std::string("a b"),
                                 std::string("\xc3\xa9"), std::string("a\0b", 3), std::string("\x7f")}) {
    EXPECT_FALSE(is_idempotency_key(key)) << key;
  }
}

}  // namespace
}  // namespace freshet::session
