#include "postgres/stream_backlog.h"

#include <gtest/gtest.h>

namespace freshet::postgres {
namespace {

wire::Transaction of_rows(wire::Xid xid, int rows) {
  wire::Transaction transaction;
  transaction.xid = xid;
  for (int i = 0; i < rows; ++i) {
    wire::Row row;
    row.table = 100 + static_cast<wire::TableId>(i % 2);
    transaction.rows.push_back(row);
  }
  return transaction;
}

TEST(StreamBacklog, RowsPassUntouchedWhileTheLoopKeepsUp) {
  StreamBacklog backlog;
  wire::Transaction transaction = of_rows(7, 10);
  std::size_t bytes = 0;
  ASSERT_TRUE(backlog.put(transaction, &bytes));
  EXPECT_EQ(transaction.rows.size(), 10u);
  EXPECT_EQ(backlog.outstanding(), bytes);
  backlog.taken(bytes);
  EXPECT_EQ(backlog.outstanding(), 0u);
}

TEST(StreamBacklog, ALaggingLoopGetsTablesThenEverythingThenTheStreamIsGivenUp) {
  StreamBacklog backlog({1, 2'000, 4'000});
  std::size_t bytes = 0;
  wire::Transaction first = of_rows(1, 4);
  ASSERT_TRUE(backlog.put(first, &bytes));
  EXPECT_EQ(first.rows.size(), 4u);

  wire::Transaction second = of_rows(2, 100);
  ASSERT_TRUE(backlog.put(second, &bytes));
  EXPECT_TRUE(second.rows.empty());
  EXPECT_EQ(second.tables.size(), 2u);
  EXPECT_EQ(second.xid, 2u);

  bool everything = false;
  bool given_up = false;
  for (wire::Xid xid = 3; xid < 1'000 && !given_up; ++xid) {
    wire::Transaction next = of_rows(xid, 100);
    given_up = !backlog.put(next, &bytes);
    everything = everything || next.everything;
    if (next.everything && !given_up) {
      EXPECT_TRUE(next.rows.empty());
      EXPECT_EQ(next.xid, xid);
    }
  }
  EXPECT_TRUE(everything);
  EXPECT_TRUE(given_up);
}

}  // namespace
}  // namespace freshet::postgres
