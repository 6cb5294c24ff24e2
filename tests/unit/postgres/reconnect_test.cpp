#include "postgres/reconnect.h"

#include <gtest/gtest.h>

namespace freshet::postgres {
namespace {

class FakeClock final : public base::Clock {
 public:
  base::TimePoint now() const override { return now_; }
  void advance(base::Duration by) { now_ += by; }

 private:
  base::TimePoint now_{std::chrono::hours(1)};
};

class Reconnecting : public testing::Test {
 protected:
  FakeClock clock_;
  base::SystemRandom random_;
  Reconnect reconnect_{clock_, random_};
};

TEST_F(Reconnecting, BeforeTheFirstSuccessOneTriesAtATime) {
  EXPECT_TRUE(reconnect_.may_try());
  EXPECT_FALSE(reconnect_.may_try());
  reconnect_.succeeded();
  EXPECT_TRUE(reconnect_.may_try());
  EXPECT_TRUE(reconnect_.may_try());
}

TEST_F(Reconnecting, WhileTheServerIsAwayAtMostOneAttemptASecond) {
  reconnect_.succeeded();
  int attempts = 0;
  for (int step = 0; step < 600; ++step) {
    if (reconnect_.may_try()) {
      ++attempts;
      reconnect_.failed("refused");
    }
    EXPECT_TRUE(reconnect_.down());
    clock_.advance(std::chrono::milliseconds(100));
  }
  EXPECT_GE(attempts, 7);
  EXPECT_LE(attempts, 60);
  EXPECT_EQ(reconnect_.reason(), "refused");
}

TEST_F(Reconnecting, AnAttemptThatNeverReportsIsFollowedByAnother) {
  ASSERT_TRUE(reconnect_.may_try());
  clock_.advance(std::chrono::seconds(6));
  EXPECT_TRUE(reconnect_.may_try());
}

}  // namespace
}  // namespace freshet::postgres
