#include "postgres/epoch_runner.h"

#include <gtest/gtest.h>

#include <condition_variable>

#include "throwaway_cluster.h"

namespace freshet::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::eventually;
using test::ThrowawayCluster;

const base::SteadyClock kClock;

ThrowawayCluster& cluster() { return ThrowawayCluster::get(); }

// Keeps what the runner reports: per run "value", the code of its error, or "failed".
class Recorder final : public EpochEvents {
 public:
  void snapshot_opened(live::SnapshotOpened event, std::string) override {
    note([&] { opened_.push_back(event.epoch); });
  }
  void epoch_failed(live::EpochFailed event) override {
    note([&] { failed_.push_back(event.epoch); });
  }
  void runs_finished(live::RunsFinished event) override {
    note([&] {
      for (const live::RunOutcome& outcome : event.outcomes) {
        outcomes_[outcome.run] =
            outcome.error ? std::string(base::info(outcome.error->code).name) : *outcome.value;
      }
    });
  }
  void runs_failed(live::RunsFailed event) override {
    note([&] {
      for (const live::RunId run : event.runs) outcomes_[run] = "failed";
    });
  }

  std::string outcome(live::RunId run) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, seconds(60), [&] { return outcomes_.contains(run); })) return "nothing";
    return outcomes_[run];
  }
  bool has(live::RunId run) {
    const std::lock_guard lock(mutex_);
    return outcomes_.contains(run);
  }
  bool opened(live::EpochNumber epoch) { return within(opened_, epoch); }
  bool failed(live::EpochNumber epoch) { return within(failed_, epoch); }

 private:
  template <class Change>
  void note(Change change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
  bool within(const std::vector<live::EpochNumber>& epochs, live::EpochNumber epoch) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(60),
                             [&] { return std::find(epochs.begin(), epochs.end(), epoch) != epochs.end(); });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<live::EpochNumber> opened_;
  std::vector<live::EpochNumber> failed_;
  std::map<live::RunId, std::string> outcomes_;
};

class EpochRunnerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster().sql(R"(
      CREATE ROLE shop_owner;
      CREATE SCHEMA shop AUTHORIZATION shop_owner;
      SET ROLE shop_owner;
      CREATE TABLE shop.item (n int);
      CREATE FUNCTION shop.count() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM shop.item';
      CREATE FUNCTION shop.naps(seconds float8) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(seconds); RETURN 'awake'; END $$;
      CREATE FUNCTION shop.stubborn() RETURNS void STABLE LANGUAGE plpgsql AS $$
        BEGIN
          LOOP
            BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; END;
          END LOOP;
        END $$;
      SELECT freshet.expose_module('shop', public => true))");
  }

  EpochRunnerTest() {
    cluster().sql("TRUNCATE shop.item; INSERT INTO shop.item VALUES (1)");
    PoolOptions options;
    options.connect.conninfo = cluster().conninfo("freshet_call");
    options.connect.application_name = "epochs";
    options.reserved = {1, 2, 0, 0, 0, 1};
    options.shared = 0;
    pool_ = std::make_unique<WorkerPool>(options, kClock, reconnect_);
    runner_ = std::make_unique<EpochRunner>(*pool_, recorder_, random_);
  }
  ~EpochRunnerTest() override { pool_->stop(kClock.now()); }

  static live::RunRequest run(live::RunId id, const std::string& path, const std::string& args = "{}",
                              base::Duration deadline = seconds(120)) {
    return {id, {"shop." + path, args, {}}, false, live::Claims::anonymous(), deadline};
  }

  base::SystemRandom random_;
  Reconnect reconnect_{kClock, random_};
  Recorder recorder_;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<EpochRunner> runner_;
};

TEST_F(EpochRunnerTest, every_run_of_an_epoch_sees_its_snapshot) {
  runner_->open({1, {}, {run(1, "count")}});
  EXPECT_EQ(recorder_.outcome(1), "1");
  cluster().sql("INSERT INTO shop.item VALUES (2)");
  runner_->run({1, {run(2, "count")}});
  runner_->run_on_worker({1, {run(3, "count")}});
  EXPECT_EQ(recorder_.outcome(2), "1");
  EXPECT_EQ(recorder_.outcome(3), "1");
  runner_->close({1});
  runner_->open({2, {}, {run(4, "count")}});
  EXPECT_EQ(recorder_.outcome(4), "2");
  runner_->close({2});
}

TEST_F(EpochRunnerTest, a_worker_that_imports_late_still_gets_the_snapshot) {
  runner_->open({1, {}, {run(1, "count")}});
  EXPECT_EQ(recorder_.outcome(1), "1");
  cluster().sql("INSERT INTO shop.item VALUES (2)");
  for (live::RunId id = 2; id < 8; ++id) runner_->run_on_worker({1, {run(id, "count")}});
  runner_->close({1});
  for (live::RunId id = 2; id < 8; ++id) EXPECT_EQ(recorder_.outcome(id), "1") << id;
}

TEST_F(EpochRunnerTest, a_run_over_its_deadline_harms_no_neighbour) {
  runner_->open({1, {}, {run(1, "naps", R"({"seconds":600})", milliseconds(400)), run(2, "count")}});
  EXPECT_EQ(recorder_.outcome(2), "1");
  EXPECT_EQ(recorder_.outcome(1), "deadline_exceeded");
  runner_->run_on_worker({1, {run(3, "naps", R"({"seconds":600})", milliseconds(400)), run(4, "count")}});
  EXPECT_EQ(recorder_.outcome(4), "1");
  EXPECT_EQ(recorder_.outcome(3), "deadline_exceeded");
  EXPECT_FALSE(recorder_.has(0));
  runner_->close({1});
}

TEST_F(EpochRunnerTest, a_slow_run_in_a_batch_holds_up_no_neighbour_and_has_its_whole_deadline) {
  runner_->open({1, {}, {run(1, "naps", R"({"seconds":1})"), run(2, "count")}});
  EXPECT_EQ(recorder_.outcome(2), "1");
  EXPECT_EQ(recorder_.outcome(1), "\"awake\"");
  runner_->run_on_worker({1, {run(3, "naps", R"({"seconds":1})"), run(4, "count")}});
  EXPECT_EQ(recorder_.outcome(4), "1");
  EXPECT_EQ(recorder_.outcome(3), "\"awake\"");
  runner_->close({1});
}

TEST_F(EpochRunnerTest, the_first_of_many_runs_are_told_while_the_others_go_on) {
  std::vector<live::RunRequest> runs;
  for (live::RunId id = 1; id <= 24; ++id) runs.push_back(run(id, "naps", R"({"seconds":0.05})"));
  runner_->open({1, {}, std::move(runs)});
  EXPECT_EQ(recorder_.outcome(1), "\"awake\"");
  EXPECT_FALSE(recorder_.has(24));
  EXPECT_EQ(recorder_.outcome(24), "\"awake\"");
  runner_->close({1});
}

TEST_F(EpochRunnerTest, a_function_that_heeds_no_cancel_is_over_its_deadline_too) {
  runner_->open({1, {}, {run(1, "count")}});
  runner_->run_on_worker({1, {run(2, "stubborn", "{}", milliseconds(300))}});
  EXPECT_EQ(recorder_.outcome(2), "deadline_exceeded");
  runner_->run({1, {run(3, "count")}});
  EXPECT_EQ(recorder_.outcome(3), "1");
  runner_->close({1});
  eventually("its backend is gone", [] {
    return cluster().sql(
               "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'epochs' AND query LIKE "
               "'%stubborn%'") == "0";
  });
}

TEST_F(EpochRunnerTest, a_cancelled_run_frees_its_worker) {
  runner_->open({1, {}, {run(1, "count")}});
  runner_->run_on_worker({1, {run(2, "naps", R"({"seconds":600})")}});
  eventually("it runs", [] {
    return cluster().sql(
               "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'epochs' AND wait_event = "
               "'PgSleep'") == "1";
  });
  runner_->cancel({1, 2});
  eventually("it has ended", [] {
    return cluster().sql(
               "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'epochs' AND wait_event = "
               "'PgSleep'") == "0";
  });
  runner_->close({1});
}

TEST_F(EpochRunnerTest, an_epoch_whose_backend_dies_fails_as_a_whole_and_the_next_one_opens) {
  runner_->open({1, {}, {run(1, "count")}});
  EXPECT_EQ(recorder_.outcome(1), "1");
  cluster().sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'epochs' AND state = "
      "'idle in transaction'");
  runner_->run({1, {run(2, "count")}});
  EXPECT_TRUE(recorder_.failed(1));
  runner_->open({2, {}, {run(3, "count")}});
  EXPECT_EQ(recorder_.outcome(3), "1");
  runner_->close({2});
}

}  // namespace
}  // namespace freshet::postgres
