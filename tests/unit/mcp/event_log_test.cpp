#include "mcp/event_log.h"

#include <gtest/gtest.h>

namespace freshet::mcp {
namespace {

std::size_t events_in(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = text.find("id: "); at != std::string::npos; at = text.find("id: ", at + 1)) ++count;
  return count;
}

class Events : public testing::Test {
 protected:
  Limits limits_;
  EventLog log_{limits_};
};

TEST_F(Events, ThatWaitAreToldOnce) {
  for (int i = 0; i < 1000; ++i) log_.resource_updated("a://1");
  log_.lists_changed();
  log_.lists_changed();
  EXPECT_FALSE(log_.open(std::nullopt));
  EXPECT_EQ(events_in(log_.take()), 4u) << "three lists, one resource";
  EXPECT_EQ(log_.take(), "");
}

TEST_F(Events, AreGivenAgainToWhoHasNotSeenThem) {
  log_.open(std::nullopt);
  log_.resource_updated("a://1");
  log_.take();
  log_.resource_updated("a://2");
  log_.take();
  EXPECT_FALSE(log_.open(1));
  const std::string again = log_.take();
  EXPECT_EQ(events_in(again), 1u);
  EXPECT_NE(again.find("id: 2\n"), std::string::npos);
  EXPECT_FALSE(log_.open(2));
  EXPECT_EQ(log_.take(), "");
}

TEST_F(Events, CountAsLostWhereItIsNotKnown) {
  EXPECT_FALSE(log_.open(std::nullopt)) << "the first stream";
  log_.resource_updated("a://1");
  log_.take();
  EXPECT_TRUE(log_.open(std::nullopt)) << "a stream that came back without saying what it has seen";
  EXPECT_TRUE(log_.open(99)) << "an id that was never given";
}

TEST_F(Events, AreKeptUpToABound) {
  limits_.max_kept_events = 2;
  log_.open(std::nullopt);
  for (const char* uri : {"a://1", "a://2", "a://3", "a://4"}) {
    log_.resource_updated(uri);
    log_.take();
  }
  EXPECT_FALSE(log_.open(2));
  EXPECT_EQ(events_in(log_.take()), 2u);
  EXPECT_TRUE(log_.open(1)) << "the event behind it is gone";
}

TEST_F(Events, OfMessagesAreTheNewest) {
  for (int i = 0; i < 1000; ++i) log_.message(std::to_string(i));
  log_.open(std::nullopt);
  const std::string text = log_.take();
  EXPECT_EQ(events_in(text), 32u);
  EXPECT_NE(text.find("999"), std::string::npos);
}

}  // namespace
}  // namespace freshet::mcp
