#include "base/raw_json.h"

#include <gtest/gtest.h>

#include "base/canonical_json.h"

namespace freshet::base {
namespace {

TEST(RawJson, MembersKeepTheirDigits) {
  const auto members = object_members(R"( {"a": 9007199254740993 , "b":[1.10, {"c":"]}"}],"c\u0064":"x"} )");
  ASSERT_TRUE(members.ok());
  ASSERT_EQ(members->size(), 3u);
  EXPECT_EQ((*members)[0].value, "9007199254740993");
  EXPECT_EQ((*members)[1].value, R"([1.10, {"c":"]}"}])");
  EXPECT_EQ((*members)[2].key, "cd");
}

TEST(RawJson, ElementsAreCutAtTopLevelOnly) {
  const auto elements = array_elements(R"([1, "a,\"]" ,[2,3],{"x":[]}, null])");
  ASSERT_TRUE(elements.ok());
  EXPECT_EQ(*elements, (std::vector<std::string_view>{"1", R"("a,\"]")", "[2,3]", R"({"x":[]})", "null"}));
  EXPECT_TRUE(array_elements("[ ]")->empty());
}

TEST(RawJson, DuplicateKeysAreRefusedAtAnyDepth) {
  EXPECT_FALSE(check_json(R"({"a":1,"a":2})").ok());
  EXPECT_FALSE(check_json(R"([{"b":{"a":1,"\u0061":2}}])").ok());
  EXPECT_TRUE(check_json(R"({"a":{"a":1}})").ok());
}

TEST(RawJson, DepthIsBounded) {
  EXPECT_TRUE(check_json(std::string(64, '[') + std::string(64, ']')).ok());
  EXPECT_FALSE(check_json(std::string(65, '[') + std::string(65, ']')).ok());
  EXPECT_FALSE(check_json(std::string(100000, '[')).ok());
}

TEST(RawJson, WhatIsNotJsonIsRefused) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "01",
                           "1.",
                           "-",
                           "+1",
                           "1e",
                           "nul",
                           "tru",
                           "'a'",
                           "\"a",
                           "\"\\x\"",
                           "\"\n\"",
                           "1 2",
                           "[1 2]",
                           "{\"a\":1,}",
                           "NaN",
                           "\"\\ud800\"",
                           "\"\\udc00\"",
                           "\"\\ud800\\u0041\"",
                           "\"\xc3\"",
                           "\"\xc0\x80\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xf5\x80\x80\x80\"",
                           "\"\\u12\""}) {
    EXPECT_FALSE(check_json(text).ok()) << text;
  }
}

TEST(RawJson, EveryPrefixOfAValueIsRefusedWithoutReadingPastTheEnd) {
  const std::string text = R"({"a":[1,-2.5e+3,"\u00e9\ud83d\ude00",true,null,{"b":{}}]})";
  ASSERT_TRUE(check_json(text).ok());
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(check_json(text.substr(0, size)).ok()) << size;
}

TEST(RawJson, StringsAreDecodedAndWritten) {
  EXPECT_EQ(*parse_json_string(R"("\u00e9\ud83d\ude00\n\/")"), "é😀\n/");
  EXPECT_EQ(json_string("a\"\\\n\x01é"), R"("a\"\\\n\u0001é")");
  EXPECT_EQ(json_string("\xff"), "\"\xEF\xBF\xBD\"");
  EXPECT_FALSE(parse_json_string("1").ok());
}

TEST(RawJson, IdsAreSafeIntegers) {
  EXPECT_EQ(*parse_json_id("9007199254740991"), 9007199254740991);
  for (const char* text : {"9007199254740992", "1.0", "1e3", "\"1\"", "", "99999999999999999999"}) {
    EXPECT_FALSE(parse_json_id(text).ok()) << text;
  }
}

TEST(CanonicalJson, OneTextForAllSpellings) {
  const auto one = canonical_json(R"({"b":[1, 2.0], "a":"\u0078\/"})");
  const auto two = canonical_json(R"({ "a":"x/","b":[1,2.0]})");
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(*one, R"({"a":"x/","b":[1,2.0]})");
  EXPECT_EQ(*one, *two);
}

TEST(CanonicalJson, DigitsStay) {
  EXPECT_EQ(*canonical_json(" 9007199254740993.10 "), "9007199254740993.10");
}

}  // namespace
}  // namespace freshet::base
