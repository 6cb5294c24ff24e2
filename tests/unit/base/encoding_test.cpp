#include "base/encoding.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace freshet::base {
namespace {

TEST(Encoding, Base64UrlGoesThereAndBack) {
  SystemRandom random;
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string bytes = random.bytes(size);
    const auto back = from_base64url(to_base64url(bytes));
    ASSERT_TRUE(back.ok()) << size;
    EXPECT_EQ(*back, bytes);
  }
}

TEST(Encoding, Base64UrlHasOneSpelling) {
  EXPECT_EQ(to_base64url("\xff\xfe"), "__4");
  EXPECT_FALSE(from_base64url("__5").ok());
  EXPECT_FALSE(from_base64url("__4=").ok());
  EXPECT_FALSE(from_base64url("A").ok());
  EXPECT_FALSE(from_base64url("a+b").ok());
}

TEST(Encoding, StandardBase64IsPadded) {
  EXPECT_EQ(to_base64("a"), "YQ==");
  EXPECT_EQ(to_base64("abc"), "YWJj");
}

TEST(Encoding, HexReadsBothCasesAndRefusesTheRest) {
  EXPECT_EQ(to_hex(std::string_view("\x00\xab", 2)), "00ab");
  EXPECT_EQ(*from_hex("00aB"), std::string("\x00\xab", 2));
  EXPECT_FALSE(from_hex("0").ok());
  EXPECT_FALSE(from_hex("0g").ok());
}

TEST(Random, IdsHave128BitsAndDiffer) {
  SystemRandom random;
  const std::string id = random.id();
  EXPECT_EQ(from_base64url(id)->size(), 16u);
  EXPECT_NE(id, random.id());
  EXPECT_LT(random.fraction(), 1.0);
}

}  // namespace
}  // namespace freshet::base
