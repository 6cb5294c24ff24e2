#include "live/splice.h"

#include <gtest/gtest.h>

#include <random>

namespace freshet::live {
namespace {

std::vector<wire::Hash128> rows(const std::string& letters) {
  std::vector<wire::Hash128> hashes;
  for (char letter : letters) {
    wire::Hash128 hash{};
    hash.bytes[3] = static_cast<std::uint8_t>(letter);
    hashes.push_back(hash);
  }
  return hashes;
}

std::string apply(std::string value, const std::string& target, const std::vector<Edit>& edits) {
  for (const Edit& edit : edits)
    value.replace(edit.index, edit.deleted, target.substr(edit.index, edit.inserted));
  return value;
}

TEST(Splice, AppliedInOrderGivesTheNewArray) {
  std::mt19937_64 random(3);
  const auto text = [&] {
    std::string letters;
    for (std::size_t i = random() % 9; i > 0; --i) letters += static_cast<char>('a' + random() % 5);
    return letters;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string before = text(), after = text();
    ASSERT_EQ(apply(before, after, splice(rows(before), rows(after))), after) << before << " -> " << after;
  }
}

TEST(Splice, ANewFirstRowAndALostLastOneAreTwoEdits) {
  const auto edits = splice(rows("abcdef"), rows("xabcde"));
  ASSERT_EQ(edits.size(), 2u);
  EXPECT_EQ(edits[0].index, 0u);
  EXPECT_EQ(edits[0].deleted, 0u);
  EXPECT_EQ(edits[0].inserted, 1u);
  EXPECT_EQ(edits[1].index, 6u);
  EXPECT_EQ(edits[1].deleted, 1u);
}

TEST(Splice, EqualArraysNeedNoEdit) { EXPECT_TRUE(splice(rows("abc"), rows("abc")).empty()); }

}  // namespace
}  // namespace freshet::live
