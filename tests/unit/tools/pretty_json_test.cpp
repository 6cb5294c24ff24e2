#include "tools/pretty_json.h"

#include <gtest/gtest.h>

namespace freshet::tools {
namespace {

TEST(PrettyJson, LeavesShortValuesOnOneLine) {
  for (const char* text : {"null", "1.50", R"("a\u0041")", R"({"a":[1,{"b":2}]})", "[]"})
    EXPECT_EQ(pretty_json(text), text);
}

TEST(PrettyJson, KeepsDigitsAndStringsOfLongOnes) {
  const std::string number = "12345678901234567890.1234567890000";
  const std::string text = "[" + number + ",\"" + std::string(90, 'x') + ",]\\\"\",{}]";
  EXPECT_EQ(pretty_json(text), "[\n  " + number + ",\n  \"" + std::string(90, 'x') + ",]\\\"\",\n  {}\n]");
}

TEST(PrettyJson, IndentsWhatIsInside) {
  const std::string wide(60, 'x');
  EXPECT_EQ(pretty_json(R"({"a":{"b":")" + wide + R"(","c":")" + wide + R"("}})"),
            "{\n  \"a\": {\n    \"b\": \"" + wide + "\",\n    \"c\": \"" + wide + "\"\n  }\n}");
}

}  // namespace
}  // namespace freshet::tools
