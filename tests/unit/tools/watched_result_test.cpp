#include <gtest/gtest.h>

#include "tools/watch_session.h"

namespace freshet::tools {
namespace {

using Seen = WatchedResult::Seen;

std::string edits(const std::optional<Seen>& seen) {
  if (!seen) return "none";
  std::string out;
  for (const auto& edit : seen->edits)
    out += (edit.kind == WatchedResult::Edit::Kind::kAdded ? "+" : "-") + std::to_string(edit.index) + ":" +
           edit.row + " ";
  return out;
}

TEST(WatchedResult, TellsAFirstValueWhole) {
  WatchedResult result;
  const auto seen = result.take(R"("value":[1,2],"hash":"x")");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->kind, Seen::Kind::kValue);
  EXPECT_EQ(seen->text, "[1,2]");
  EXPECT_EQ(seen->rows, 2u);
}

TEST(WatchedResult, TellsRemovedRowsByTheirOldPlace) {
  WatchedResult result;
  result.take(R"("value":["a","b","c","d"],"hash":"x")");
  const auto seen = result.take(R"("splice":[[0,0,["n"]],[2,1,[]],[3,1,["e"]]],"base":"x","hash":"y")");
  EXPECT_EQ(edits(seen), R"(+0:"n" -1:"b" -3:"d" +3:"e" )");
  EXPECT_EQ(seen->rows, 4u);
}

TEST(WatchedResult, TellsAnArrayInPlaceOfAnArrayByWhatDiffers) {
  WatchedResult result;
  result.take(R"("value":[1,2,3],"hash":"x")");
  EXPECT_EQ(edits(result.take(R"("value":[1,9,3],"hash":"y")")), "-1:2 +1:9 ");
  EXPECT_EQ(edits(result.take(R"("value":[],"hash":"z")")), "-0:1 -1:9 -2:3 ");
  EXPECT_EQ(edits(result.take(R"("value":[5,5],"hash":"z")")), "+0:5 +1:5 ");
  EXPECT_EQ(edits(result.take(R"("value":[5],"hash":"z")")), "-1:5 ");
}

TEST(WatchedResult, ErrorsAndScalarsAreTold) {
  WatchedResult result;
  EXPECT_EQ(result.take(R"("error":{"code":"forbidden"})")->kind, Seen::Kind::kError);
  EXPECT_EQ(result.take(R"("value":[1],"hash":"x")")->kind, Seen::Kind::kValue);
  EXPECT_EQ(result.take(R"("same":true,"hash":"x")")->kind, Seen::Kind::kSame);
  EXPECT_EQ(result.take(R"("value":7,"hash":"y")")->text, "7");
}

TEST(WatchedResult, AnEditThatDoesNotFitIsNone) {
  WatchedResult result;
  result.take(R"("value":[1],"hash":"x")");
  EXPECT_FALSE(result.take(R"("splice":[[2,0,[1]]],"base":"x","hash":"y")"));
  EXPECT_FALSE(result.take(R"("splice":[[0,2,[]]],"base":"x","hash":"y")"));
}

TEST(WatchedResult, APageIsToldByItsRowsAndWhereItEnds) {
  WatchedResult result(true);
  auto seen = result.take(R"("value":{"rows":[1,2],"next":"AQ","split":null},"hash":"x")");
  ASSERT_TRUE(seen && seen->page);
  EXPECT_EQ(seen->text, "[1,2]");
  EXPECT_EQ(seen->page->next, "\"AQ\"");
  EXPECT_EQ(seen->page->split, "");
  seen =
      result.take(R"("splice":[[0,0,[0]],[2,1,[]]],"page":{"next":null,"split":"AS"},"base":"x","hash":"y")");
  ASSERT_TRUE(seen && seen->page);
  EXPECT_EQ(edits(seen), "+0:0 -1:2 ");
  EXPECT_EQ(seen->page->next, "");
  EXPECT_EQ(seen->page->split, "\"AS\"");
}

}  // namespace
}  // namespace freshet::tools
