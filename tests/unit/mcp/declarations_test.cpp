#include "mcp/declarations.h"

#include <gtest/gtest.h>

namespace freshet::mcp {
namespace {

TEST(Declarations, AreTakenOutOfTheComment) {
  const Declarations said = parse_declarations(
      "Lists.\n@mcp title A list\n  @mcp  additive\nMore.\n@mcp idempotent\n@mcp resource a://b/{c} "
      "image/png");
  EXPECT_EQ(said.description, "Lists.\nMore.");
  EXPECT_EQ(said.title, "A list");
  EXPECT_TRUE(said.additive && said.idempotent);
  EXPECT_FALSE(said.content || said.prompt || said.hidden);
  EXPECT_EQ(said.resource, "a://b/{c}");
  EXPECT_EQ(said.media_type, "image/png");
  EXPECT_TRUE(said.problems.empty());
}

TEST(Declarations, ThatAreNotUnderstoodAreTold) {
  for (const char* line :
       {"@mcp", "@mcp unknown", "@mcp title", "@mcp resource", "@mcp resource nowhere", "@mcp hidden twice"})
    EXPECT_EQ(parse_declarations(line).problems.size(), 1u) << line;
}

TEST(Declarations, AreNotSeenInOrdinaryText) {
  for (const char* text : {"write to @mcp hidden", "@mcphidden", "mcp hidden"}) {
    const Declarations said = parse_declarations(text);
    EXPECT_FALSE(said.hidden) << text;
    EXPECT_TRUE(said.problems.empty()) << text;
    EXPECT_EQ(said.description, text);
  }
}

}  // namespace
}  // namespace freshet::mcp
