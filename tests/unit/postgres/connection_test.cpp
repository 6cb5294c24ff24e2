#include "postgres/connection.h"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "throwaway_cluster.h"

namespace freshet::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::eventually;
using test::ThrowawayCluster;

const base::SteadyClock kClock;

ConnectOptions options(const std::string& name) {
  ConnectOptions options;
  options.conninfo = ThrowawayCluster::get().conninfo("freshet_call");
  options.application_name = name;
  return options;
}

std::unique_ptr<Connection> open(const std::string& name = "test") {
  auto opened = Connection::open(options(name), kClock);
  if (auto* failure = std::get_if<Failure>(&opened)) throw std::runtime_error(describe(*failure));
  return std::move(std::get<std::unique_ptr<Connection>>(opened));
}

std::string backends(const std::string& name) {
  return ThrowawayCluster::get().sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" +
                                     name + "'");
}

bool sleeps(const std::string& name) {
  return ThrowawayCluster::get().sql(
             "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND application_name = '" +
             name + "'") != "0";
}

TEST(Connection, cancels_at_the_deadline_and_stays_usable) {
  auto connection = open();
  const Ran late = connection->run({"SELECT pg_sleep(60)"}, kClock.now() + milliseconds(100));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.failure->sqlstate, "57014");
  EXPECT_FALSE(connection->broken());
  const Ran next = connection->run({"SELECT 1"}, kClock.now() + seconds(60));
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next.rows.at(0).text(0, 0), "1");
}

TEST(Connection, gives_the_rows_of_a_statement_while_the_next_one_runs) {
  auto holder = open("holder");
  auto connection = open();
  ASSERT_TRUE(holder->run({"SELECT pg_advisory_lock(7)"}, kClock.now() + seconds(60)).ok());
  const std::array<Statement, 2> statements{Statement{"SELECT 'first'"},
                                            Statement{"SELECT pg_advisory_lock(7)"}};
  std::vector<std::string> taken;
  const Ran ran = connection->run_each(statements, kClock.now() + seconds(60), [&](std::size_t i, Rows rows) {
    taken.push_back(std::to_string(i) + rows.text(0, 0));
    if (i == 0) (void)holder->run({"SELECT pg_advisory_unlock(7)"}, kClock.now() + seconds(60));
  });
  EXPECT_TRUE(ran.ok());
  EXPECT_EQ(taken, (std::vector<std::string>{"0first", "1"}));
}

TEST(Connection, is_cancelled_from_another_thread) {
  auto connection = open("cancelled");
  std::thread other([&] {
    eventually("the statement runs", [] { return sleeps("cancelled"); });
    connection->cancel();
  });
  const Ran ran = connection->run({"SELECT pg_sleep(600)"}, kClock.now() + seconds(300));
  other.join();
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.failure->sqlstate, "57014");
}

TEST(Connection, gives_up_a_server_that_does_not_heed_the_cancel) {
  auto connection = open();
  const pid_t backend = connection->backend_pid();
  ASSERT_EQ(::kill(backend, SIGSTOP), 0);
  const Ran ran = connection->run({"SELECT 1"}, kClock.now() + milliseconds(100));
  ::kill(backend, SIGCONT);
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.failure->sqlstate, "");
  EXPECT_TRUE(connection->broken());
}

TEST(Connection, statement_timeout_ends_what_nobody_cancels) {
  ConnectOptions limited = options("test");
  limited.statement_timeout = milliseconds(100);
  auto opened = Connection::open(limited, kClock);
  const Ran ran = std::get<0>(opened)->run({"SELECT pg_sleep(600)"}, kClock.now() + seconds(300));
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.failure->sqlstate, "57014");
}

TEST(Connection, backend_of_a_killed_gateway_ends_within_ten_seconds) {
  const std::string conninfo = options("orphan").conninfo;
  const pid_t gateway = ::fork();
  if (gateway == 0) {
    auto opened = Connection::open(options("orphan"), kClock);
    if (std::holds_alternative<Failure>(opened)) ::_exit(1);
    (void)std::get<0>(opened)->run({"SELECT pg_sleep(600)"}, kClock.now() + seconds(600));
    ::_exit(0);
  }
  eventually("the statement runs", [] { return sleeps("orphan"); });
  ::kill(gateway, SIGKILL);
  ::waitpid(gateway, nullptr, 0);
  eventually(
      "the backend is gone", [] { return backends("orphan") == "0"; }, 10);
}

}  // namespace
}  // namespace freshet::postgres
