#include "app/key_changes.h"

#include <gtest/gtest.h>

namespace freshet::app {
namespace {

constexpr wire::TableId kKeys = 700;
constexpr wire::TableId kOther = 800;

wire::Transaction changing(wire::Xid xid, wire::TableId table) {
  wire::Transaction transaction;
  transaction.xid = xid;
  transaction.tables.push_back({table, wire::TableReason::kNotAnnounced});
  return transaction;
}

// Sees everything before `next` but `running`.
wire::Snapshot before(wire::Xid next, std::vector<wire::Xid> running = {}) {
  const wire::Xid xmin = running.empty() ? next : running.front();
  return {xmin, next, std::move(running)};
}

class Changes : public testing::Test {
 protected:
  Changes() {
    changes_.stream_started(before(10));
    changes_.use_table(kKeys);
    changes_.confirmed(before(10), changes_.streams());
  }
  KeyChanges changes_;
};

TEST_F(Changes, OfOtherTablesAreNone) {
  EXPECT_FALSE(changes_.decoded(changing(10, kOther)));
  changes_.opened(before(11));
  EXPECT_FALSE(changes_.any());
  EXPECT_FALSE(changes_.shown());
}

TEST_F(Changes, AreShownFromTheFirstSnapshotThatSeesThemUntilTheDatabaseWasAskedAtOne) {
  EXPECT_TRUE(changes_.decoded(changing(10, kKeys)));
  EXPECT_TRUE(changes_.any());
  EXPECT_FALSE(changes_.shown());
  changes_.opened(before(12, {10}));
  EXPECT_FALSE(changes_.shown());
  changes_.opened(before(12));
  EXPECT_TRUE(changes_.shown());
  changes_.confirmed(before(12, {10}), changes_.streams());
  EXPECT_TRUE(changes_.shown());
  changes_.confirmed(before(11), changes_.streams());
  EXPECT_FALSE(changes_.any());
  EXPECT_FALSE(changes_.shown());
}

TEST_F(Changes, DecodedAfterASnapshotThatSeesThemAreShownAtOnce) {
  changes_.opened(before(11));
  EXPECT_TRUE(changes_.decoded(changing(10, kKeys)));
  EXPECT_TRUE(changes_.shown());
}

TEST_F(Changes, ThatWereAskedAboutBeforeAnEpochSawThemAreNotShownByIt) {
  changes_.decoded(changing(10, kKeys));
  changes_.confirmed(before(11), changes_.streams());
  changes_.opened(before(11));
  EXPECT_FALSE(changes_.shown());
}

TEST_F(Changes, AsRowsAndAsEverythingCountToo) {
  wire::Transaction rows;
  rows.xid = 10;
  rows.rows.push_back({.table = kKeys});
  EXPECT_TRUE(changes_.decoded(rows));
  wire::Transaction everything;
  everything.xid = 11;
  everything.everything = true;
  EXPECT_TRUE(changes_.decoded(everything));
}

TEST_F(Changes, BeforeANewStreamMayHaveBeenMissedUntilTheDatabaseWasAskedSinceItsStart) {
  const std::uint64_t old = changes_.streams();
  changes_.stream_started(before(20));
  EXPECT_TRUE(changes_.shown());
  changes_.confirmed(before(21), old);
  EXPECT_TRUE(changes_.shown());
  changes_.confirmed(before(21), changes_.streams());
  EXPECT_FALSE(changes_.any());
}

TEST(KeyChanges, OfAnyTableCountUntilTheTableIsKnown) {
  KeyChanges changes;
  EXPECT_TRUE(changes.any());
  EXPECT_TRUE(changes.decoded(changing(10, kOther)));
}

}  // namespace
}  // namespace freshet::app
