#include "live/interest.h"

#include <gtest/gtest.h>

namespace freshet::live {
namespace {

wire::ReadSet reading(const std::vector<wire::Attnum>& tests) {
  wire::Entry entry{7, 0, {2}, {}, {}, {}};
  for (const wire::Attnum test : tests)
    entry.alternatives.push_back(
        {{test, wire::AtomKind::kTest, 0, {}, {}, {}, "expression " + std::to_string(test)}});
  return {0, {entry}};
}

TEST(Interest, ATestIsAnnouncedWithItsExpressionWhileSomebodyNeedsIt) {
  const Limits limits;
  Interest interest(limits);
  const wire::ReadSet one = reading({wire::kFirstTest + 1});
  const wire::ReadSet both = reading({wire::kFirstTest + 1, wire::kFirstTest + 2});
  interest.add(one);
  interest.add(both);
  auto sent = interest.next({});
  ASSERT_TRUE(sent);
  ASSERT_EQ(sent->watch.at(0).columns.size(), 3u);
  EXPECT_EQ(sent->watch[0].columns[1], (WatchedColumn{wire::kFirstTest + 1, wire::kPartEq,
                                                      "expression " + std::to_string(wire::kFirstTest + 1)}));
  interest.confirmed(sent->version);
  interest.remove({}, both);
  interest.add(reading({wire::kFirstTest + 3}));
  sent = interest.next({});
  ASSERT_TRUE(sent);
  ASSERT_EQ(sent->watch.at(0).columns.size(), 3u);
  EXPECT_EQ(sent->watch[0].columns[1].attnum, wire::kFirstTest + 1);
  EXPECT_EQ(sent->watch[0].columns[2].attnum, wire::kFirstTest + 3);
}

TEST(Interest, MoreTestsThanATableMayHaveAreNotAnnounced) {
  Limits limits;
  limits.tests_per_table = 2;
  Interest interest(limits);
  interest.add(reading({wire::kFirstTest + 1, wire::kFirstTest + 2, wire::kFirstTest + 3}));
  const auto sent = interest.next({});
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->watch.at(0).columns.size(), 3u);
  EXPECT_EQ(sent->watch[0].columns[0].attnum, 2u);
}

TEST(Interest, TestsThatComeLaterTakeNoPlaceUntilOneIsFree) {
  Limits limits;
  limits.tests_per_table = 2;
  Interest interest(limits);
  const wire::ReadSet first = reading({wire::kFirstTest + 5, wire::kFirstTest + 6});
  interest.add(first);
  auto sent = interest.next({});
  ASSERT_TRUE(sent);
  interest.confirmed(sent->version);
  const wire::ReadSet later = reading({wire::kFirstTest + 1});
  interest.add(later);
  EXPECT_FALSE(interest.next({}));
  interest.remove({}, first);
  interest.add(later);
  sent = interest.next({});
  ASSERT_TRUE(sent);
  ASSERT_EQ(sent->watch.at(0).columns.size(), 2u);
  EXPECT_EQ(sent->watch[0].columns[1].attnum, wire::kFirstTest + 1);
}

}  // namespace
}  // namespace freshet::live
