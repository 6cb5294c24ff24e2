#include "postgres/mutation.h"

#include <gtest/gtest.h>

#include <future>

#include "base/failpoint.h"
#include "postgres/database.h"
#include "throwaway_cluster.h"

namespace freshet::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using test::eventually;
using test::ThrowawayCluster;

const base::SteadyClock kClock;

ThrowawayCluster& cluster() { return ThrowawayCluster::get(); }

class MutationTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster().sql(R"(
      CREATE ROLE bank_owner;
      CREATE SCHEMA bank AUTHORIZATION bank_owner;
      SET ROLE bank_owner;
      CREATE TABLE bank.entry (n int);
      CREATE SEQUENCE bank.tries;
      CREATE FUNCTION bank.add(n int) RETURNS int LANGUAGE sql AS 'INSERT INTO bank.entry VALUES (add.n) RETURNING 10 * add.n';
      CREATE FUNCTION bank.naps() RETURNS void LANGUAGE plpgsql AS 'BEGIN INSERT INTO bank.entry VALUES (0); PERFORM pg_sleep(600); END';
      -- Sequences do not roll back, so it knows how often it was tried.
      CREATE FUNCTION bank.fails_until(try int, state text) RETURNS int LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO bank.entry VALUES (try);
          IF nextval('bank.tries') < try THEN RAISE 'again' USING ERRCODE = state; END IF;
          RETURN try;
        END $$;
      SELECT freshet.expose_module('bank', public => true))");
  }

  void SetUp() override { make_pool(); }

  // With `awaits_standby` its commits wait for a standby that does not exist.
  void make_pool(bool awaits_standby = false) {
    cluster().sql(std::string("ALTER ROLE freshet_call SET synchronous_commit = ") +
                  (awaits_standby ? "on" : "local"));
    cluster().sql("TRUNCATE bank.entry; ALTER SEQUENCE bank.tries RESTART");
    session_ = cluster().sql("SELECT freshet.open_sessions(1)");
    PoolOptions options;
    options.connect.conninfo = cluster().conninfo("freshet_call");
    options.connect.application_name = "mutation";
    options.reserved = {0, 0, 0, 1, 0, 0};
    options.shared = 0;
    pool_ = std::make_unique<WorkerPool>(options, kClock, reconnect_);
  }

  std::future<base::Result<MutationResult>> start(const std::string& path, const std::string& args,
                                                  base::Duration deadline = minutes(5)) {
    MutationRequest request;
    request.session = session_;
    request.request = 1;
    request.path = "bank." + path;
    request.args = args;
    request.identity = "null";
    request.deadline = kClock.now() + deadline;
    auto outcome = std::make_shared<std::promise<base::Result<MutationResult>>>();
    Job job;
    job.expires = request.deadline;
    job.run = [this, outcome, request](Worker& worker) {
      outcome->set_value(run_mutation(worker, request, kClock, random_));
    };
    job.fail = [outcome](base::Error error) { outcome->set_value(std::move(error)); };
    auto future = outcome->get_future();
    pool_->submit(Lane::kMutation, std::move(job));
    return future;
  }

  static std::string entries() { return cluster().sql("SELECT count(*) FROM bank.entry"); }

  // Kills the mutation's backend while it waits, in its COMMIT, for a standby that does not exist: the
  // transaction is committed, and nobody is told. New connections are refused until `after` has run.
  static void kill_in_commit(const std::function<void()>& after = [] {}) {
    eventually("the mutation commits", [] {
      return cluster().sql(
                 "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = "
                 "'mutation'") == "1";
    });
    cluster().sql("ALTER ROLE freshet_call NOLOGIN");
    cluster().sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mutation'");
    eventually("its backend is gone", [] {
      return cluster().sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mutation'") ==
             "0";
    });
    cluster().sql("ALTER ROLE freshet_call SET synchronous_commit = local");
    after();
    cluster().sql("ALTER ROLE freshet_call LOGIN");
  }

  std::string session_;
  base::SystemRandom random_;
  Reconnect reconnect_{kClock, random_};
  std::unique_ptr<WorkerPool> pool_;
};

TEST_F(MutationTest, is_tried_again_after_serialization_failures_and_deadlocks) {
  for (const std::string state : {"40001", "40P01"}) {
    make_pool();
    const auto result = start("fails_until", R"({"try":4,"state":")" + state + "\"}").get();
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->value, "4");
    EXPECT_EQ(result->attempts, 4);
    EXPECT_EQ(entries(), "1") << "what failed left something behind";
  }
}

TEST_F(MutationTest, contention_without_end_is_a_serialization_failure) {
  const auto result = start("fails_until", R"({"try":1000,"state":"40001"})").get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::ErrorCode::kSerializationFailure);
  EXPECT_EQ(entries(), "0");
}

TEST_F(MutationTest, a_unique_violation_is_tried_once_more) {
  const auto result = start("fails_until", R"({"try":2,"state":"23505"})").get();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->attempts, 2);
}

TEST_F(MutationTest, past_its_deadline_nothing_of_it_stays) {
  const auto result = start("naps", "{}", milliseconds(300)).get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(entries(), "0");
}

TEST_F(MutationTest, the_same_request_again_is_a_replay) {
  const auto first = start("add", R"({"n":7})").get();
  const auto again = start("add", R"({"n":7})").get();
  ASSERT_TRUE(first && again);
  EXPECT_FALSE(first->replayed);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->value, "70");
  EXPECT_EQ(again->xid, first->xid);
  EXPECT_EQ(entries(), "1");
}

TEST_F(MutationTest, a_commit_in_doubt_is_looked_up) {
  make_pool(/*awaits_standby=*/true);
  auto outcome = start("add", R"({"n":7})");
  kill_in_commit();
  const auto result = outcome.get();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->replayed);
  EXPECT_EQ(result->value, "70");
  EXPECT_EQ(entries(), "1");
}

TEST_F(MutationTest, a_commit_in_doubt_without_a_record_is_outcome_unknown) {
  make_pool(/*awaits_standby=*/true);
  auto outcome = start("add", R"({"n":7})");
  kill_in_commit([] { cluster().sql("DELETE FROM freshet.mutation; DELETE FROM freshet.session"); });
  const auto result = outcome.get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::ErrorCode::kOutcomeUnknown);
  EXPECT_EQ(entries(), "1") << "it was executed again";
}

TEST_F(MutationTest, a_connection_lost_before_the_commit_is_begun_again) {
  ASSERT_TRUE(base::set_failpoints("mutation_before_commit=error@1"));
  auto outcome = start("add", R"({"n":7})", milliseconds(2000));
  const auto result = outcome.get();
  ASSERT_TRUE(base::set_failpoints("mutation_before_commit=error@1000000"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::ErrorCode::kOverloaded);
  EXPECT_EQ(entries(), "0");
  EXPECT_TRUE(start("add", R"({"n":7})").get()) << "the id is free";
}

TEST_F(MutationTest, replies_that_are_always_lost_end_as_outcome_unknown_and_one_execution) {
  ASSERT_TRUE(base::set_failpoints("mutation_after_commit=error@1"));
  const auto result = start("add", R"({"n":7})", milliseconds(2000)).get();
  ASSERT_TRUE(base::set_failpoints("mutation_after_commit=error@1000000"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::ErrorCode::kOutcomeUnknown);
  EXPECT_EQ(entries(), "1");
  const auto again = start("add", R"({"n":7})").get();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->replayed);
}

}  // namespace
}  // namespace freshet::postgres
