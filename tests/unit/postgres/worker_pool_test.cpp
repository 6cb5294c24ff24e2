#include "postgres/worker_pool.h"

#include <gtest/gtest.h>

#include <future>

#include "throwaway_cluster.h"

namespace freshet::postgres {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::eventually;
using test::ThrowawayCluster;

const base::SteadyClock kClock;

PoolOptions options(const std::string& conninfo) {
  PoolOptions options;
  options.connect.conninfo = conninfo;
  options.connect.application_name = "pool";
  options.reserved = {0, 0, 1, 0, 0, 1};
  options.shared = 0;
  options.queue = 1;
  return options;
}

// A pool with one worker for one-shot queries, room for one job that waits, and one service worker.
class WorkerPoolTest : public testing::Test {
 protected:
  base::SystemRandom random_;
  Reconnect reconnect_{kClock, random_};
  WorkerPool pool_{options(ThrowawayCluster::get().conninfo("freshet_call")), kClock, reconnect_};
  std::promise<void> release_;

  // The outcome of a job that does `what`: "ran" or the code of its error.
  std::future<std::string> submit(
      Lane lane, std::function<void(Worker&)> what = [](Worker&) {}, base::Duration patience = hours(1)) {
    auto outcome = std::make_shared<std::promise<std::string>>();
    Job job;
    job.expires = kClock.now() + patience;
    job.run = [outcome, what](Worker& worker) {
      what(worker);
      outcome->set_value("ran");
    };
    job.fail = [outcome](const base::Error& error) {
      outcome->set_value(std::string(base::info(error.code).name));
    };
    std::future<std::string> future = outcome->get_future();
    pool_.submit(lane, std::move(job));
    return future;
  }

  // Occupies the one worker until release_.
  std::future<std::string> occupy() {
    auto started = std::make_shared<std::promise<void>>();
    auto occupied = submit(Lane::kOneShot, [started, until = release_.get_future().share()](Worker&) {
      started->set_value();
      until.wait();
    });
    started->get_future().wait();
    return occupied;
  }
};

TEST_F(WorkerPoolTest, refuses_what_does_not_fit_the_queue) {
  auto occupied = occupy();
  auto waits = submit(Lane::kOneShot);
  auto refused = submit(Lane::kOneShot);
  EXPECT_EQ(refused.get(), "overloaded");
  EXPECT_EQ(pool_.counts().refused, 1u);
  EXPECT_EQ(pool_.counts().waiting[static_cast<std::size_t>(Lane::kOneShot)], 1u);
  release_.set_value();
  EXPECT_EQ(occupied.get(), "ran");
  EXPECT_EQ(waits.get(), "ran");
}

TEST_F(WorkerPoolTest, a_busy_lane_holds_up_no_other) {
  auto occupied = occupy();
  EXPECT_EQ(submit(Lane::kService, [](Worker& worker) { EXPECT_TRUE(worker.service().ask("SELECT 1").ok()); })
                .get(),
            "ran");
  release_.set_value();
  EXPECT_EQ(occupied.get(), "ran");
}

TEST_F(WorkerPoolTest, does_not_run_what_waited_beyond_its_deadline) {
  auto occupied = occupy();
  auto late = submit(
      Lane::kOneShot, [](Worker&) { ADD_FAILURE() << "it ran"; }, base::Duration::zero());
  release_.set_value();
  EXPECT_EQ(late.get(), "deadline_exceeded");
  EXPECT_EQ(occupied.get(), "ran");
}

TEST_F(WorkerPoolTest, replaces_a_connection_that_a_job_left_broken_or_in_a_transaction) {
  int first = 0;
  int second = 0;
  int third = 0;
  EXPECT_EQ(submit(Lane::kOneShot,
                   [&](Worker& worker) {
                     first = worker.connection().backend_pid();
                     worker.connection().condemn();
                   })
                .get(),
            "ran");
  EXPECT_EQ(submit(Lane::kOneShot,
                   [&](Worker& worker) {
                     second = worker.connection().backend_pid();
                     EXPECT_TRUE(worker.connection().run({"BEGIN"}, kClock.now() + seconds(60)).ok());
                   })
                .get(),
            "ran");
  EXPECT_EQ(submit(Lane::kOneShot, [&](Worker& worker) { third = worker.connection().backend_pid(); }).get(),
            "ran");
  EXPECT_NE(first, second);
  EXPECT_NE(second, third);
}

TEST_F(WorkerPoolTest, stop_fails_what_waits_and_cancels_what_runs) {
  auto runs = submit(Lane::kOneShot, [](Worker& worker) {
    EXPECT_FALSE(worker.connection().run({"SELECT pg_sleep(600)"}, kClock.now() + hours(1)).ok());
  });
  eventually("the job runs", [] {
    return ThrowawayCluster::get().sql(
               "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pool' AND wait_event = "
               "'PgSleep'") == "1";
  });
  auto waits = submit(Lane::kOneShot);
  pool_.stop(kClock.now());
  EXPECT_EQ(waits.get(), "overloaded");
  EXPECT_EQ(runs.get(), "ran");
  EXPECT_EQ(submit(Lane::kOneShot).get(), "overloaded");
}

TEST_F(WorkerPoolTest, refuses_what_only_workers_without_a_connection_could_take) {
  EXPECT_EQ(submit(Lane::kOneShot).get(), "ran");
  EXPECT_EQ(submit(Lane::kService).get(), "ran");  // its session stays, and is of no use to the other lane
  ThrowawayCluster::get().sql("ALTER ROLE freshet_call NOLOGIN");
  EXPECT_EQ(submit(Lane::kOneShot, [](Worker& worker) { worker.connection().condemn(); }).get(), "ran");
  auto waiting = submit(Lane::kOneShot);
  EXPECT_EQ(waiting.get(), "overloaded");
  eventually("the server counts as away", [&] { return reconnect_.down(); });
  EXPECT_EQ(submit(Lane::kOneShot).get(), "overloaded");
  ThrowawayCluster::get().sql("ALTER ROLE freshet_call LOGIN");
  eventually("a call runs again", [&] { return submit(Lane::kOneShot).get() == "ran"; });
}

TEST(WorkerPoolWithoutServer, refuses_at_once_while_the_server_is_away) {
  base::SystemRandom random;
  Reconnect reconnect(kClock, random);
  WorkerPool pool(options("host=/nonexistent"), kClock, reconnect);
  eventually("the server is known to be away", [&] { return reconnect.down(); });
  std::promise<std::string> outcome;
  Job job;
  job.expires = kClock.now() + hours(1);
  job.run = [&](Worker&) { outcome.set_value("ran"); };
  job.fail = [&](const base::Error& error) { outcome.set_value(std::string(base::info(error.code).name)); };
  pool.submit(Lane::kOneShot, std::move(job));
  EXPECT_EQ(outcome.get_future().get(), "overloaded");
}

}  // namespace
}  // namespace freshet::postgres
