#include "access/refresh_policy.h"

#include <gtest/gtest.h>

namespace freshet::access {
namespace {

using std::chrono::seconds;

const base::TimePoint kStart{seconds(1000)};

TEST(RefreshPolicy, ReadsAtOnceAndThenAfterTheLifetime) {
  RefreshPolicy policy({}, kStart);
  EXPECT_EQ(policy.due(), kStart);
  policy.succeeded(kStart, std::nullopt);
  EXPECT_EQ(policy.due(), kStart + seconds(600));
}

TEST(RefreshPolicy, TakesTheIssuersLifetimeWithinBounds) {
  RefreshPolicy policy({}, kStart);
  policy.succeeded(kStart, seconds(300));
  EXPECT_EQ(policy.due(), kStart + seconds(300));
  policy.succeeded(kStart, seconds(0));
  EXPECT_EQ(policy.due(), kStart + seconds(60));
  policy.succeeded(kStart, seconds(365 * 24 * 3600));
  EXPECT_EQ(policy.due(), kStart + seconds(24 * 3600));
}

TEST(RefreshPolicy, ReadsForAnUnknownKeyAtOnceButOnlyOnceAMinute) {
  RefreshPolicy policy({}, kStart);
  policy.succeeded(kStart, std::nullopt);
  EXPECT_TRUE(policy.demand(kStart + seconds(5)));
  EXPECT_EQ(policy.due(), kStart + seconds(5));
  policy.succeeded(kStart + seconds(5), std::nullopt);
  EXPECT_FALSE(policy.demand(kStart + seconds(6)));
  EXPECT_FALSE(policy.demand(kStart + seconds(64)));
  EXPECT_TRUE(policy.demand(kStart + seconds(65)));
}

TEST(RefreshPolicy, WaitsLongerAfterEachFailureAndNotAfterASuccess) {
  RefreshPolicy policy({}, kStart);
  for (const int wait : {2, 4, 8, 16, 32, 60, 60}) {
    policy.failed(kStart);
    EXPECT_EQ(policy.due(), kStart + seconds(wait));
  }
  policy.succeeded(kStart, std::nullopt);
  policy.failed(kStart);
  EXPECT_EQ(policy.due(), kStart + seconds(2));
}

}  // namespace
}  // namespace freshet::access
