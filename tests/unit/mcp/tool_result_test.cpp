#include "mcp/tool_result.h"

#include <gtest/gtest.h>

#include "base/raw_json.h"

namespace freshet::mcp {
namespace {

session::Outcome outcome(std::string value) {
  session::Outcome out;
  out.value = session::Part(std::make_shared<const std::string>(std::move(value)));
  return out;
}

Function list_of_rows(std::size_t max_page = 0) {
  Function function;
  function.path = "a.b";
  function.is_list = true;
  function.max_page = max_page;
  function.page_argument = "page";
  return function;
}

std::string result(const Function& function, const std::string& value, std::size_t most, Asked asked = {}) {
  auto made = tool_result(function, outcome(value), asked, most);
  if (const AskForPage* page = std::get_if<AskForPage>(&made)) return "page of " + std::to_string(page->rows);
  const std::string text = std::get<std::string>(made);
  EXPECT_TRUE(base::check_json(text).ok()) << text;
  return text;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(ToolResult, IsAnObjectWithTheValueDigitForDigit) {
  Function function;
  EXPECT_TRUE(has(result(function, "1.50", 100), R"("structuredContent":{"result":1.50})"));
  EXPECT_TRUE(has(result(function, R"("a\nb")", 100), R"({"type":"text","text":"a\nb"})"));
  EXPECT_TRUE(has(result(function, "", 100), R"({"result":null})"));
  function.form = ResultForm::kObject;
  EXPECT_TRUE(has(result(function, R"({"n":1})", 100), R"("structuredContent":{"n":1})"));
}

TEST(ToolResult, OfEveryLengthIsJsonWithinItsBound) {
  const std::string rows = R"(["aaaa","bbbb","cccc","dddd"])";
  for (std::size_t most = 0; most <= rows.size() + 1; ++most) {
    const std::string text = result(list_of_rows(), rows, most);
    if (most < 9) {
      EXPECT_TRUE(has(text, "too_large")) << most;
    } else if (most < rows.size()) {
      EXPECT_TRUE(has(text, R"("truncated":{"rows":)")) << most;
      EXPECT_TRUE(has(text, R"("of":4)")) << most;
      EXPECT_TRUE(has(text, "Cut: ")) << most;
    } else if (most > rows.size()) {
      EXPECT_FALSE(has(text, "truncated")) << most;
    }
  }
}

TEST(ToolResult, ThatIsTooLongIsAskedForByPagesWhereThereAre) {
  EXPECT_EQ(result(list_of_rows(10), R"(["aaaa","bbbb","cccc"])", 17), "page of 2");
  const std::string page = R"({"rows":["aaaa","bbbb"],"next":"cursor","split":null})";
  const std::string text = result(list_of_rows(10), page, 17, {true, 2});
  EXPECT_TRUE(has(text, R"("structuredContent":{"result":["aaaa","bbbb"],"next":"cursor","truncated":)"));
  EXPECT_TRUE(has(text, R"(\"after\": \"cursor\")"));
  EXPECT_FALSE(has(result(list_of_rows(10), page, 17, {true, {}}), "truncated")) << "as it was asked for";
}

TEST(ToolResult, ThatIsOneLongValueIsRefused) {
  Function function;
  EXPECT_TRUE(has(result(function, "\"" + std::string(200, 'x') + "\"", 100), R"("isError":true)"));
  function.form = ResultForm::kContent;
  EXPECT_TRUE(has(result(function, R"([{"type":"text","text":")" + std::string(200, 'x') + "\"}]", 100),
                  "too_large"));
}

TEST(ToolResult, OfContentIsTheContent) {
  Function function;
  function.form = ResultForm::kContent;
  EXPECT_EQ(result(function, R"({"type":"text"})", 100), R"({"content":[{"type":"text"}]})");
  EXPECT_EQ(result(function, R"([{"type":"text"}])", 100), R"({"content":[{"type":"text"}]})");
}

TEST(ToolError, IsTheTypedErrorTwice) {
  const std::string text = tool_error({base::ErrorCode::kForbidden, "no \"entry\""});
  EXPECT_TRUE(base::check_json(text).ok());
  EXPECT_TRUE(has(text, R"("_meta":{"freshet/error":{"code":"forbidden")"));
  EXPECT_TRUE(has(text, R"("text":"{\"code\":\"forbidden\")"));
}

}  // namespace
}  // namespace freshet::mcp
