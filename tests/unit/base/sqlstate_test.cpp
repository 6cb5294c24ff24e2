#include "base/sqlstate.h"

#include <gtest/gtest.h>

namespace freshet::base {
namespace {

TEST(Sqlstate, ContentionIsRetried) {
  for (const char* state : {"40001", "40P01", "53200"}) {
    EXPECT_EQ(sqlstate_info(state).after, AfterFailure::kRetry) << state;
    EXPECT_EQ(sqlstate_info(state).code, ErrorCode::kSerializationFailure) << state;
  }
}

TEST(Sqlstate, UniqueViolationIsTriedOnceMoreAndIsAConflict) {
  EXPECT_EQ(sqlstate_info("23505").after, AfterFailure::kRetryOnce);
  EXPECT_EQ(sqlstate_info("23505").code, ErrorCode::kConflict);
  EXPECT_EQ(sqlstate_info("23503").code, ErrorCode::kConstraintViolation);
}

TEST(Sqlstate, LostConnectionLeavesTheOutcomeToTheRecord) {
  for (const char* state : {"", "08006", "08P01", "57P01", "57P02", "57P03"}) {
    EXPECT_EQ(sqlstate_info(state).after, AfterFailure::kOutcomeUnknown) << state;
  }
}

TEST(Sqlstate, UnknownStateIsInternalAndNotRetried) {
  EXPECT_EQ(sqlstate_info("XX000").code, ErrorCode::kInternal);
  EXPECT_EQ(sqlstate_info("XX000").after, AfterFailure::kAnswer);
}

TEST(ErrorShape, EveryCodeHasItsNameAndStatus) {
  for (std::size_t i = 0; i < kErrorCodeCount; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_FALSE(info(code).name.empty());
    EXPECT_GE(info(code).http_status, 400);
    EXPECT_EQ(error_code_named(info(code).name), code);
  }
  EXPECT_EQ(error_code_named("no_such_code"), std::nullopt);
}

TEST(ErrorShape, JsonHasCodeMessageDetailsRetryable) {
  Error error(ErrorCode::kOverloaded, "come \"back\"", R"({"retry_after_ms":100})");
  EXPECT_EQ(
      to_json(error),
      R"({"code":"overloaded","message":"come \"back\"","details":{"retry_after_ms":100},"retryable":true})");
}

}  // namespace
}  // namespace freshet::base
