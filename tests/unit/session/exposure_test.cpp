#include "session/exposure.h"

#include <gtest/gtest.h>

namespace freshet::session {
namespace {

const access::Identity kSomebody{"{}", "[null,\"u\"]", {}};

TEST(Exposure, LetsAnonymousCallersCallOnlyWhatIsPublic) {
  const FunctionInfo open{Kind::kQuery, true};
  const FunctionInfo guarded{Kind::kQuery, false};
  EXPECT_FALSE(admit(&open, Kind::kQuery, nullptr));
  EXPECT_FALSE(admit(&guarded, Kind::kQuery, &kSomebody));
  EXPECT_EQ(admit(&guarded, Kind::kQuery, nullptr)->code, base::ErrorCode::kUnauthenticated);
}

TEST(Exposure, FindsAFunctionOnlyAsWhatItIs) {
  const FunctionInfo mutation{Kind::kMutation, true};
  EXPECT_EQ(admit(&mutation, Kind::kQuery, &kSomebody)->code, base::ErrorCode::kNotFound);
  EXPECT_EQ(admit(&mutation, Kind::kAction, nullptr)->code, base::ErrorCode::kNotFound);
  EXPECT_EQ(admit(nullptr, Kind::kQuery, &kSomebody)->code, base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace freshet::session
