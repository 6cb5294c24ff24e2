#include "postgres/service_session.h"

#include <gtest/gtest.h>

#include "postgres/database.h"
#include "throwaway_cluster.h"

namespace freshet::postgres {
namespace {

using test::ThrowawayCluster;

std::unique_ptr<ServiceSession> open(std::chrono::milliseconds patience = kServicePatience) {
  auto opened =
      ServiceSession::open({ThrowawayCluster::get().conninfo("freshet_call"), "service test"}, patience);
  if (auto* failure = std::get_if<Failure>(&opened)) throw std::runtime_error(describe(*failure));
  return std::move(std::get<std::unique_ptr<ServiceSession>>(opened));
}

TEST(ServiceSession, answers_rows_with_nulls) {
  auto session = open();
  const Answered answered =
      session->ask("SELECT $1::text, $2::int UNION ALL SELECT 'b', 2", {"it's", std::nullopt});
  ASSERT_TRUE(answered.ok());
  EXPECT_EQ(answered.rows, (std::vector<TextRow>{{"it's", std::nullopt}, {"b", "2"}}));
}

TEST(ServiceSession, maps_an_error_to_its_sqlstate_and_stays_usable) {
  auto session = open();
  const Answered failed = session->ask("SELECT 1 / $1::int", {"0"});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.failure->sqlstate, "22012");
  EXPECT_EQ(failed.failure->message, "division by zero");
  EXPECT_FALSE(session->broken());
  EXPECT_TRUE(session->ask("SELECT 1").ok());
}

TEST(ServiceSession, gives_up_after_its_patience) {
  auto session = open(std::chrono::milliseconds(100));
  const Answered answered = session->ask("SELECT pg_sleep(600)");
  ASSERT_FALSE(answered.ok());
  EXPECT_EQ(answered.failure->sqlstate, "57014");
}

TEST(ServiceSession, knows_that_its_connection_was_lost) {
  auto session = open();
  ThrowawayCluster::get().sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'service test'");
  const Answered answered = session->ask("SELECT 1");
  ASSERT_FALSE(answered.ok());
  EXPECT_TRUE(session->broken());
}

TEST(ServiceSession, says_why_it_cannot_connect_and_no_secret) {
  const auto opened = ServiceSession::open({"host=/nonexistent user=u password=hunter2", "test"});
  const std::string said = describe(std::get<Failure>(opened));
  EXPECT_NE(said.find("/nonexistent"), std::string::npos) << said;
  EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
}

TEST(ServiceSession, sees_what_an_exported_snapshot_sees) {
  ThrowawayCluster& cluster = ThrowawayCluster::get();
  pqxx::connection holder(cluster.conninfo("postgres"));
  pqxx::transaction<pqxx::repeatable_read> transaction(holder);
  const std::string name = transaction.exec1("SELECT pg_export_snapshot()")[0].c_str();
  const std::string expected = transaction.exec1("SELECT pg_current_snapshot()")[0].c_str();
  cluster.sql("CREATE TABLE IF NOT EXISTS seen (); DROP TABLE seen");
  auto session = open();
  const Answered answered = session->ask_at_snapshot(name, "SELECT pg_current_snapshot()");
  ASSERT_TRUE(answered.ok()) << describe(*answered.failure);
  EXPECT_EQ(answered.rows.at(0).at(0), expected);
}

TEST(Database, session_records_are_opened_and_acknowledged) {
  auto session = open();
  const auto ids = open_sessions(*session, 3);
  ASSERT_TRUE(ids) << ids.error().message;
  ASSERT_EQ(ids->size(), 3u);
  EXPECT_EQ(*session_floor(*session, ids->at(0)), std::optional<std::uint64_t>(0));
  EXPECT_EQ(*session_floor(*session, "unknown"), std::nullopt);
  const auto acked = ack(*session, {{ids->at(0), 7}, {ids->at(1), 2}});
  ASSERT_TRUE(acked) << acked.error().message;
  EXPECT_EQ(*session_floor(*session, ids->at(0)), std::optional<std::uint64_t>(7));
}

}  // namespace
}  // namespace freshet::postgres
