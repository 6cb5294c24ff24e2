#include "live/result.h"

#include <gtest/gtest.h>

namespace freshet::live {
namespace {

const wire::SipKey kKey{{1, 2, 3}};

std::string spliced(const std::string& before, const std::string& after, Result::Form form) {
  const ResultPtr from = Result::of_value(kKey, before, form);
  const ResultPtr to = Result::of_value(kKey, after, form);
  if (!from->base()) return "no base";
  std::uint64_t built = 0;
  const Bytes body = to->spliced(*from->base(), built);
  return body ? body->substr(0, body->find(",\"base\"")) : "whole";
}

const std::string kRow =
    R"({"id":1,"text":"a row that is long enough for edits to be worth it, whatever hashes cost beside"})";

TEST(Result, AnArrayIsEditedByItsRows) {
  EXPECT_EQ(spliced("[" + kRow + "]", "[7," + kRow + "]", Result::Form::kPlain), R"("splice":[[0,0,[7]]])");
}

TEST(Result, APageIsEditedByItsRowsAndGivesItsOtherMembersWhole) {
  EXPECT_EQ(spliced(R"({"rows":[)" + kRow + R"(],"next":"a","split":null})",
                    R"({"rows":[)" + kRow + R"(,8],"next":"b","split":null})", Result::Form::kPage),
            R"("splice":[[1,0,[8]]],"page":{"next":"b","split":null})");
}

TEST(Result, APageWhoseRowsStayIsAnEditOfNoRow) {
  EXPECT_EQ(spliced(R"({"rows":[)" + kRow + R"(],"next":"a","split":null})",
                    R"({"rows":[)" + kRow + R"(],"next":null,"split":null})", Result::Form::kPage),
            R"("splice":[],"page":{"next":null,"split":null})");
}

TEST(Result, AnObjectThatIsNoPageHasNoRowsToEdit) {
  EXPECT_EQ(spliced(R"({"rows":[1]})", R"({"rows":[2]})", Result::Form::kPlain), "no base");
}

}  // namespace
}  // namespace freshet::live
