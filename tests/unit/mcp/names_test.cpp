#include "mcp/names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace freshet::mcp {
namespace {

bool may_be_a_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
}

TEST(ToolNames, AreModuleAndFunction) {
  const std::vector<std::string> expected{"messages_list", "test_simple-text"};
  EXPECT_EQ(tool_names({{"messages", "list"}, {"test", "simple-text"}}), expected);
}

TEST(ToolNames, ThatWouldBeEqualAreTheFunctionsOwn) {
  const auto both = tool_names({{"a", "b_c"}, {"a_b", "c"}, {"other", "one"}});
  EXPECT_NE(both[0], both[1]);
  EXPECT_TRUE(both[0].starts_with("a_b_c_"));
  EXPECT_TRUE(both[1].starts_with("a_b_c_"));
  EXPECT_EQ(both[2], "other_one");
  // Neither has the plain name, so it never comes to mean the other.
  EXPECT_EQ(tool_names({{"a_b", "c"}, {"a", "b_c"}})[0], both[1]);
}

TEST(ToolNames, AreOfFewCharactersWhateverTheFunctionIsCalled) {
  const std::string longest(63, 'x');
  const auto names =
      tool_names({{"a", "b.c"}, {"a", "b/c"}, {"ä", "ö"}, {longest, longest}, {longest, "y"}, {" ", "\n"}});
  for (const std::string& name : names) EXPECT_TRUE(may_be_a_name(name)) << name;
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST(ToolNames, OfChangedOnesDoNotDependOnWhatIsBesideThem) {
  const std::string alone = tool_names({{"a", "b.c"}})[0];
  EXPECT_EQ(tool_names({{"a", "b_c"}, {"a", "b.c"}, {"a", "b/c"}})[1], alone);
}

TEST(ToolNames, ThatAreTakenEvenMarkedAreNone) {
  const std::string marked = tool_names({{"a", "b.c"}})[0];
  const auto names = tool_names({{"a", "b.c"}, {"a", marked.substr(2)}});
  EXPECT_EQ(names[0], "");
  EXPECT_EQ(names[1], "");
}

}  // namespace
}  // namespace freshet::mcp
