#include "app/sessions.h"

#include <functional>
#include <future>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "app/health.h"
#include "base/random.h"
#include "postgres/reconnect.h"

namespace freshet::app {
namespace {

constexpr session::ConnectionId kConnection = 7;
constexpr std::uint64_t kSubscription = 1;
constexpr live::EpochNumber kFirstEpoch = 1;
constexpr live::RunId kFirstRun = 1;

// What one client is told, in order.
class Told final : public session::SessionSink {
 public:
  void opened(base::Result<session::Opened> opened) override { open = opened.ok(); }
  void transition(session::Transition transition) override {
    for (const session::Change& change : transition.changes) changes.push_back(*change.body);
  }
  void refused(std::uint64_t, base::Error error) override { changes.push_back(error.message); }
  void answer(std::uint64_t, session::Answer) override {}
  void close(session::CloseReason) override {}
  void authenticated(access::Authenticated) override {}
  void identity_ended(access::IdentityPtr, base::Error) override {}

  bool open = false;
  std::vector<std::string> changes;
};

// The sessions on a real loop and core. No worker ever takes what the database is asked: the test says what
// came of it, within one turn of the loop, so that nothing can come between.
class SessionsTest : public testing::Test, private LiveOutput {
 protected:
  SessionsTest() {
    loop_.start({[this] { driver_.settle(); }, [this] { return driver_.deadline(); }});
    turn([this] {
      live::Settings settings;
      settings.epoch_prefix = "e-";
      driver_.begin(std::move(settings), *this);
      driver_.state()->stream_started(clock_.now(), {wire::Snapshot(10, 10, {})});
      records_.add({"session"});
      sessions_.use_catalog(exposing("false"));
    });
  }
  ~SessionsTest() override {
    pool_.stop(clock_.now());
    loop_.stop();
  }

  // Returns when all of it was done and what followed from it was carried out.
  void turn(const std::function<void()>& events) {
    std::promise<void> done;
    loop_.post(events);
    loop_.post([&] { loop_.post([&] { done.set_value(); }); });
    ASSERT_EQ(done.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  }

  static std::shared_ptr<const CatalogVersion> exposing(const std::string& is_public) {
    return *parse_catalog(R"({"version": 1, "extension": "0.1.0", "hash": "h", "functions": [
      {"path": "a.q", "kind": "query", "public": )" +
                          is_public + R"(, "guard": null, "options": {}}]})");
  }
  static std::shared_ptr<const CatalogVersion> exposing_nothing() {
    return *parse_catalog(R"({"version": 1, "extension": "0.1.0", "hash": "i", "functions": []})");
  }

  // Somebody subscribes, and the database is asked.
  void subscribe() {
    turn([this] {
      auto identity = std::make_shared<access::Identity>();
      identity->claims = R"({"sub":"alice"})";
      identity->principal = R"([null,"alice"])";
      session::Hello hello;
      hello.identity = identity;
      sessions_.open(kConnection, told_, hello);
      session::Subscribe subscription;
      subscription.id = kSubscription;
      subscription.call.path = "a.q";
      subscription.call.args = "{}";
      sessions_.subscribe(kConnection, subscription);
    });
    ASSERT_TRUE(told_->open);
  }
  // The answer of the database to that: the core decides to tell it.
  void database_answers() {
    const base::TimePoint now = clock_.now();
    driver_.state()->snapshot_opened(now,
                                     {kFirstEpoch, wire::Snapshot(10, 10, {}), std::vector<wire::XidFate>()});
    live::RunOutcome outcome;
    outcome.run = kFirstRun;
    outcome.value = std::make_shared<const std::string>(R"("canary")");
    driver_.state()->runs_finished(now, {kFirstEpoch, {std::move(outcome)}});
  }

  base::SteadyClock clock_;
  base::SystemRandom random_;
  Health health_;
  LiveLoop loop_{clock_};
  postgres::Reconnect reconnect_{clock_, random_};
  postgres::WorkerPool pool_{{{}, {0, 0, 0, 0, 0, 0}, 0, 1000}, clock_, reconnect_};
  EpochDriver driver_{loop_, pool_, health_, clock_, random_};
  SessionRecords records_{pool_, loop_};
  Calls calls_{driver_, pool_, loop_, records_, std::chrono::seconds(10), clock_, random_};
  Sessions sessions_{driver_, calls_, records_};
  std::shared_ptr<Told> told_ = std::make_shared<Told>();

 private:
  void deliver(live::Deliver action) override { sessions_.deliver(std::move(action)); }
  void refuse(live::SubscriptionRefused action) override { sessions_.refuse(std::move(action)); }
  void answer(live::Answer) override {}
  void run_directly(live::RunDirectly) override {}
  void catalog_changed() override {}
  void rerun(live::Rerun) override {}
  void before_stream(const wire::Snapshot&) override {}
  void before_stream_lost() override {}
  void before_transaction(const wire::Transaction&) override {}
  void before_snapshot(const wire::Snapshot&) override {}
};

std::string last(const Told& told) { return told.changes.empty() ? "nothing" : told.changes.back(); }

TEST_F(SessionsTest, AResultIsTold) {
  subscribe();
  turn([this] { database_answers(); });
  EXPECT_EQ(told_->changes.size(), 1u);
  EXPECT_NE(last(*told_).find("canary"), std::string::npos);
}

TEST_F(SessionsTest, AResultOfTheTurnInWhichItsFunctionWentDoesNotFollowTheRefusal) {
  subscribe();
  turn([this] {
    database_answers();
    sessions_.use_catalog(exposing_nothing());
  });
  EXPECT_NE(last(*told_).find("not_found"), std::string::npos) << last(*told_);
}

TEST_F(SessionsTest, AResultOfTheTurnInWhichTheIdentityEndedDoesNotFollowTheRefusal) {
  subscribe();
  turn([this] {
    database_answers();
    sessions_.set_identity(kConnection, nullptr);
  });
  EXPECT_NE(last(*told_).find("unauthenticated"), std::string::npos) << last(*told_);
}

TEST_F(SessionsTest, AKeyThatEndedIsToldNothingThatWasDecidedWhileItWasHeld) {
  auto identity = std::make_shared<access::Identity>();
  identity->claims = R"({"sub":"job"})";
  identity->principal = R"([null,"job"])";
  identity->api_key = "0123456789abcdef";
  subscribe();
  turn([&] {
    sessions_.set_identity(kConnection, identity);
    sessions_.hold_keys(true);
    database_answers();
  });
  const std::size_t before = told_->changes.size();
  turn([&] {
    sessions_.identity_ended(identity);
    sessions_.hold_keys(false);
  });
  EXPECT_NE(last(*told_).find("unauthenticated"), std::string::npos) << last(*told_);
  for (std::size_t i = before; i < told_->changes.size(); ++i)
    EXPECT_EQ(told_->changes[i].find("canary"), std::string::npos);
}

}  // namespace
}  // namespace freshet::app
