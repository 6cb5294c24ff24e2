#include "postgres/replication_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "postgres/database.h"
#include "postgres/service_session.h"
#include "throwaway_cluster.h"

namespace freshet::postgres {
namespace {

using test::eventually;
using test::ThrowawayCluster;

const base::SteadyClock kClock;

ThrowawayCluster& cluster() { return ThrowawayCluster::get(); }

// A consumer that gives back what it took, unless it is stuck.
class Consumer final : public StreamEvents {
 public:
  explicit Consumer(StreamBacklog& backlog) : backlog_(backlog) {}

  std::optional<wire::Snapshot> import_snapshot(const std::string& exported) override {
    auto opened = ServiceSession::open({cluster().conninfo("freshet_call"), "import"});
    auto snapshot = exported_snapshot(*std::get<0>(opened), exported);
    return snapshot ? std::optional(*std::move(snapshot)) : std::nullopt;
  }
  void stream_started(const wire::Snapshot&, const wire::SipKey&) override { ++starts; }
  void item(wire::StreamItem item, std::size_t bytes) override {
    if (const auto* transaction = std::get_if<wire::Transaction>(&item)) {
      const std::lock_guard lock(mutex_);
      seen_.push_back(transaction->xid);
      if (transaction->everything) ++everything;
    }
    if (!stuck) backlog_.taken(bytes);
  }
  void stream_lost(const std::string& reason) override {
    const std::lock_guard lock(mutex_);
    losses_.push_back(reason);
  }
  void slot_waits(std::optional<int> pid) override { waits = pid.has_value(); }

  bool saw(std::uint64_t xid) {
    const std::lock_guard lock(mutex_);
    return std::find(seen_.begin(), seen_.end(), xid) != seen_.end();
  }
  std::vector<std::string> losses() {
    const std::lock_guard lock(mutex_);
    return losses_;
  }

  std::atomic<int> starts{0};
  std::atomic<int> everything{0};
  std::atomic<bool> waits{false};
  std::atomic<bool> stuck{false};

 private:
  StreamBacklog& backlog_;
  std::mutex mutex_;
  std::vector<std::uint64_t> seen_;
  std::vector<std::string> losses_;
};

class ReplicationReaderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { cluster().sql("CREATE TABLE written (n int)"); }

  void SetUp() override {
    reader_.start();
    eventually("the stream starts", [&] { return consumer_.starts == 1; });
  }
  void TearDown() override { reader_.stop(); }

  static std::uint64_t write() {
    return std::stoull(cluster().sql("INSERT INTO written VALUES (1) RETURNING pg_current_xact_id()"));
  }
  void expect_stream_works() {
    const std::uint64_t xid = write();
    eventually("a commit arrives", [&] { return consumer_.saw(xid); });
  }

  base::SystemRandom random_;
  StreamBacklog backlog_{
      {1, 400, 4000}};  // the second transaction that waits is collapsed, the later ones all the more
  Consumer consumer_{backlog_};
  ReplicationReader reader_{{cluster().conninfo("freshet_stream")}, consumer_, backlog_, kClock, random_};
};

TEST_F(ReplicationReaderTest, reports_every_commit) {
  for (int i = 0; i < 5; ++i) expect_stream_works();
  EXPECT_EQ(backlog_.outstanding(), 0u);
}

TEST_F(ReplicationReaderTest, begins_anew_on_another_slot_when_its_walsender_ends) {
  cluster().sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
  eventually("the loss is told", [&] { return consumer_.losses().size() == 1; });
  eventually("a new stream starts", [&] { return consumer_.starts == 2; });
  expect_stream_works();
  EXPECT_EQ(cluster().sql("SELECT count(*) FROM pg_replication_slots"), "1");
}

TEST_F(ReplicationReaderTest, begins_anew_when_asked) {
  reader_.restart("the test says so");
  eventually("a new stream starts", [&] { return consumer_.starts == 2; });
  EXPECT_EQ(consumer_.losses(), std::vector<std::string>{"the test says so"});
  expect_stream_works();
}

TEST_F(ReplicationReaderTest, what_a_stuck_consumer_does_not_take_collapses_and_then_ends_the_stream) {
  consumer_.stuck = true;
  for (int i = 0; i < 200 && consumer_.losses().empty(); ++i) write();
  eventually("the stream is given up", [&] {
    return consumer_.losses() == std::vector<std::string>{"the gateway fell too far behind the stream"};
  });
  EXPECT_GT(backlog_.collapsed(), 0u);
  EXPECT_GT(consumer_.everything, 0);
}

TEST_F(ReplicationReaderTest, tells_which_backend_waits_while_a_transaction_holds_up_the_slot) {
  pqxx::connection writer(cluster().conninfo("postgres"));
  pqxx::work open(writer);
  open.exec("INSERT INTO written VALUES (2)");
  reader_.restart("the test says so");
  eventually("it is told", [&] { return consumer_.waits.load(); });
  open.commit();
  eventually("a new stream starts", [&] { return consumer_.starts == 2 && !consumer_.waits; });
}

// The server ends a stream whose reader it has not heard for a second.
TEST_F(ReplicationReaderTest, keepalives_are_answered_while_the_consumer_is_stuck) {
  cluster().sql("ALTER ROLE freshet_stream SET wal_sender_timeout = '1s'");
  reader_.restart("for the setting");
  eventually("a new stream starts", [&] { return consumer_.starts == 2; });
  cluster().sql("ALTER ROLE freshet_stream RESET wal_sender_timeout");
  consumer_.stuck = true;
  write();
  cluster().sql("SELECT pg_sleep(4)");
  EXPECT_EQ(consumer_.losses().size(), 1u) << "the first is ours";
  EXPECT_EQ(consumer_.starts, 2);
}

TEST_F(ReplicationReaderTest, the_key_of_the_stream_is_not_in_the_servers_log) {
  expect_stream_works();
  const std::string log = cluster().log();
  EXPECT_NE(log.find("logical decoding"), std::string::npos)
      << "the server logs nothing of decoding any more: " << log;
  EXPECT_EQ(log.find("START_REPLICATION"), std::string::npos);
}

}  // namespace
}  // namespace freshet::postgres
