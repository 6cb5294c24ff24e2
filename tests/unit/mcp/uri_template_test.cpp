#include "mcp/uri_template.h"

#include <gtest/gtest.h>

namespace freshet::mcp {
namespace {

std::string matched(std::string_view pattern, std::string_view uri) {
  const auto parsed = UriTemplate::parse(pattern);
  if (!parsed) return "no template";
  const auto values = parsed->match(uri);
  if (!values) return "no match";
  std::string out;
  for (std::size_t i = 0; i < values->size(); ++i) out += parsed->names()[i] + "=" + (*values)[i] + ";";
  return out;
}

TEST(UriTemplate, GivesWhatStandsInItsPlaces) {
  EXPECT_EQ(matched("test://template/{id}/data", "test://template/123/data"), "id=123;");
  EXPECT_EQ(matched("app://{a}/{b}", "app://x%20y/z"), "a=x y;b=z;");
  EXPECT_EQ(matched("app://{a}-{b}", "app://1-2"), "a=1;b=2;");
  EXPECT_EQ(matched("app://fixed", "app://fixed"), "");
}

TEST(UriTemplate, MatchesNothingElse) {
  for (const char* uri : {"test://template//data", "test://template/1/2/data", "test://template/1/data/",
                          "test://template/1", "test://template/%zz/data", "test://template/1?/data", ""})
    EXPECT_EQ(matched("test://template/{id}/data", uri), "no match") << uri;
}

TEST(UriTemplate, HasBracesThatMatchAndPlacesThatCanBeToldApart) {
  for (const char* text : {"a://{", "a://}", "a://{}", "a://{a}{b}", "a://{a{b}}", "a://{a"})
    EXPECT_EQ(matched(text, "a://x"), "no template") << text;
}

TEST(UriText, IsTheSameAfterEncodingAndDecoding) {
  const std::string text = "a/b ?&=%#\"ü\n~-._";
  EXPECT_EQ(uri_decoded(uri_encoded(text)), text);
  EXPECT_EQ(uri_decoded("a+b"), "a+b");
  EXPECT_EQ(uri_decoded("%4"), std::nullopt);
}

}  // namespace
}  // namespace freshet::mcp
