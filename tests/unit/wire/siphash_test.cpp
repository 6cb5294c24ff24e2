#include "freshet_wire/siphash.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::wire {
namespace {

SipKey counting_key() {
  SipKey key;
  for (int i = 0; i < 16; ++i) key.bytes[i] = static_cast<std::uint8_t>(i);
  return key;
}

std::vector<std::uint8_t> counting_bytes(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

std::string hex(const Hash128& hash) {
  std::string text;
  for (const std::uint8_t byte : hash.bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// Published vectors of SipHash-2-4 with 128 bits: key 00 01 … 0f, message 00 01 … of that many bytes.
struct Vector {
  std::size_t size;
  std::string_view hash;
};
constexpr Vector kVectors[] = {
    {0, "a3817f04ba25a8e66df67214c7550293"},  {1, "da87c1d86b99af44347659119b22fc45"},
    {2, "8177228da4a45dc7fca38bdef60affe4"},  {3, "9c70b60c5267a94e5f33b6b02985ed51"},
    {4, "f88164c12d9c8faf7d0f6e7c7bcd5579"},  {5, "1368875980776f8854527a07690e9627"},
    {6, "14eeca338b208613485ea0308fd7a15e"},  {7, "a1f1ebbed8dbc153c0b84aa61ff08239"},
    {8, "3b62a9ba6258f5610f83e264f31497b4"},  {9, "264499060ad9baabc47f8b02bb6d71ed"},
    {10, "00110dc378146956c95447d3f3d0fbba"}, {11, "0151c568386b6677a2b4dc6f81e5dc18"},
    {12, "d626b266905ef35882634df68532c125"}, {13, "9869e247e9c08b10d029934fc4b952f7"},
    {14, "31fcefac66d7de9c7ec7485fe4494902"}, {15, "5493e99933b0a8117e08ec0f97cfc3d9"},
    {16, "6ee2a4ca67b054bbfd3315bf85230577"}, {31, "2939b0183223fafc1723de4f52c43d35"},
    {63, "5150d1772f50834a503e069a973fbd7c"},
};

TEST(SipHash, agrees_with_the_published_vectors) {
  for (const Vector& vector : kVectors) {
    const auto message = counting_bytes(vector.size);
    EXPECT_EQ(hex(siphash128(counting_key(), message)), vector.hash) << vector.size << " bytes";
  }
}

TEST(SipHash, does_not_depend_on_how_the_message_is_cut) {
  const auto message = counting_bytes(100);
  const Hash128 whole = siphash128(counting_key(), message);
  for (std::size_t first = 0; first <= message.size(); ++first) {
    for (std::size_t second = first; second <= message.size(); second += 7) {
      SipHasher hasher(counting_key());
      hasher.append(message.data(), first);
      hasher.append(message.data() + first, second - first);
      hasher.append(message.data() + second, message.size() - second);
      ASSERT_EQ(hex(hasher.finish()), hex(whole)) << first << " " << second;
    }
  }
}

TEST(SipHash, comparison_in_constant_time_is_comparison) {
  const Hash128 hash = siphash128(counting_key(), counting_bytes(5));
  EXPECT_TRUE(equal_in_constant_time(hash, hash));
  for (int i = 0; i < 16; ++i) {
    Hash128 other = hash;
    other.bytes[i] ^= 0x10;
    EXPECT_FALSE(equal_in_constant_time(hash, other));
  }
}

bool parses(std::string_view text, SipKey* key) { return parse_sip_key({text.data(), text.size()}, key); }

TEST(SipKey, is_read_from_32_hex_digits_of_either_case) {
  SipKey key;
  ASSERT_TRUE(parses("000102030405060708090a0B0c0D0e0F", &key));
  EXPECT_EQ(std::memcmp(key.bytes, counting_key().bytes, 16), 0);
}

TEST(SipKey, anything_else_is_refused) {
  SipKey key;
  EXPECT_FALSE(parses("", &key));
  EXPECT_FALSE(parses("000102030405060708090a0b0c0d0e0", &key));
  EXPECT_FALSE(parses("000102030405060708090a0b0c0d0e0f0", &key));
  EXPECT_FALSE(parses("000102030405060708090a0b0c0d0e0g", &key));
  EXPECT_FALSE(parses("0x0102030405060708090a0b0c0d0e0f", &key));
}

}  // namespace
}  // namespace freshet::wire
