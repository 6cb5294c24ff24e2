#include "postgres/failure.h"

#include <gtest/gtest.h>

namespace freshet::postgres {
namespace {

using base::ErrorCode;

TEST(Failure, OurOwnRefusalsReachTheClientWordForWord) {
  const Failure failure = parse_failure(
      R"({"sqlstate":"RF010","message":"not today","code":"application","data":{"code":"not_today","left":9007199254740993}})");
  const base::Error error = to_error(failure, "id");
  EXPECT_EQ(error.code, ErrorCode::kApplication);
  EXPECT_EQ(error.message, "not today");
  EXPECT_EQ(error.details, R"({"code":"not_today","left":9007199254740993})");
  EXPECT_TRUE(error.id.empty());
}

TEST(Failure, ProblemsOfArgumentsAreTheDetails) {
  const Failure failure = parse_failure(R"({"sqlstate":"RF001","message":"m","problems":[{"path":"a"}]})");
  EXPECT_EQ(to_error(failure, "").details, R"([{"path":"a"}])");
}

TEST(Failure, WhatPostgresSaysOfDataStaysInside) {
  Failure failure;
  failure.sqlstate = "42P01";
  failure.message = "relation \"secret\" does not exist";
  failure.detail = "canary";
  EXPECT_EQ(to_json(to_error(failure, "id")).find("secret"), std::string::npos);
  failure.sqlstate = "XX000";
  const base::Error internal = to_error(failure, "id7");
  EXPECT_EQ(internal.code, ErrorCode::kInternal);
  EXPECT_EQ(internal.message, "internal error");
  EXPECT_EQ(internal.id, "id7");
  EXPECT_NE(describe(failure).find("canary"), std::string::npos);
}

TEST(Failure, ViolationsNameConstraintAndTable) {
  const Failure failure = parse_failure(
      R"json({"sqlstate":"23505","message":"duplicate key","detail":"Key (a)=(canary)","constraint":"one_slug","table":"note"})json");
  const base::Error error = to_error(failure, "");
  EXPECT_EQ(error.code, ErrorCode::kConflict);
  EXPECT_EQ(error.details, R"({"constraint":"one_slug","table":"note"})");
  EXPECT_EQ(to_json(error).find("canary"), std::string::npos);
}

TEST(Failure, ViolationsNameColumnsAndArguments) {
  const Failure failure = parse_failure(
      R"json({"sqlstate":"23503","message":"canary","constraint":"c","violation":{"kind":"foreign_key","argument":"owner"}})json");
  const base::Error error = to_error(failure, "");
  EXPECT_EQ(error.code, ErrorCode::kConstraintViolation);
  EXPECT_EQ(error.details, R"({"kind":"foreign_key","argument":"owner"})");
}

TEST(Failure, AnErrorWithoutSqlstateIsNotTakenForALostConnection) {
  EXPECT_EQ(parse_failure("{}").after(), base::AfterFailure::kAnswer);
  EXPECT_EQ(connection_lost("gone").after(), base::AfterFailure::kOutcomeUnknown);
}

}  // namespace
}  // namespace freshet::postgres
