#include "session/exposure.h"

#include <gtest/gtest.h>

namespace freshet::session {
namespace {

const access::Identity kSomebody{"{}", "[null,\"u\"]", {}, {}, {}};

TEST(Exposure, LetsAnonymousCallersCallOnlyWhatIsPublic) {
  const FunctionInfo open{Kind::kQuery, true};
  const FunctionInfo guarded{Kind::kQuery, false};
  EXPECT_FALSE(admit(&open, "m.f", Kind::kQuery, nullptr));
  EXPECT_FALSE(admit(&guarded, "m.f", Kind::kQuery, &kSomebody));
  EXPECT_EQ(admit(&guarded, "m.f", Kind::kQuery, nullptr)->code, base::ErrorCode::kUnauthenticated);
}

TEST(Exposure, FindsAFunctionOnlyAsWhatItIs) {
  const FunctionInfo mutation{Kind::kMutation, true};
  EXPECT_EQ(admit(&mutation, "m.f", Kind::kQuery, &kSomebody)->code, base::ErrorCode::kNotFound);
  EXPECT_EQ(admit(&mutation, "m.f", Kind::kAction, nullptr)->code, base::ErrorCode::kNotFound);
  EXPECT_EQ(admit(nullptr, "m.f", Kind::kQuery, &kSomebody)->code, base::ErrorCode::kNotFound);
}

TEST(Exposure, LetsAnApiKeyCallOnlyWhatItsScopesName) {
  const FunctionInfo query{Kind::kQuery, false};
  const FunctionInfo mutation{Kind::kMutation, true};
  access::Identity key = kSomebody;
  key.scopes = *access::Scopes::parse({"query:sales.*"});
  EXPECT_FALSE(admit(&query, "sales.list", Kind::kQuery, &key));
  EXPECT_EQ(admit(&query, "stock.list", Kind::kQuery, &key)->code, base::ErrorCode::kForbidden);
  EXPECT_EQ(admit(&mutation, "sales.add", Kind::kMutation, &key)->code, base::ErrorCode::kForbidden)
      << "what is public is for nobody in particular, and a key is somebody";
}

}  // namespace
}  // namespace freshet::session
