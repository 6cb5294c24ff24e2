#include "session/rate_limit.h"

#include <gtest/gtest.h>

namespace freshet::session {
namespace {

using std::chrono::milliseconds;
const base::TimePoint kStart{};

TEST(RateLimit, GivesABurstAndThenThePace) {
  RateLimit limit(10, 3, kStart);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limit.refused(kStart)) << i;
  EXPECT_EQ(limit.refused(kStart), milliseconds(100));
  EXPECT_EQ(limit.refused(kStart + milliseconds(60)), milliseconds(40));
  EXPECT_FALSE(limit.refused(kStart + milliseconds(100)));
  EXPECT_TRUE(limit.refused(kStart + milliseconds(100)));
}

TEST(RateLimit, NeverHoldsMoreThanTheBurst) {
  RateLimit limit(10, 2, kStart);
  const base::TimePoint later = kStart + std::chrono::hours(1);
  EXPECT_FALSE(limit.refused(later));
  EXPECT_FALSE(limit.refused(later));
  EXPECT_TRUE(limit.refused(later));
}

TEST(RateLimit, IsOffAtZero) {
  RateLimit limit(0, 1, kStart);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(limit.refused(kStart));
}

}  // namespace
}  // namespace freshet::session
