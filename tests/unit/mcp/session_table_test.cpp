#include "mcp/session_table.h"

#include <gtest/gtest.h>

#include "quiet_backend.h"

namespace freshet::mcp {
namespace {

class StoppedClock final : public base::Clock {
 public:
  base::TimePoint now() const override { return time; }
  base::TimePoint time{std::chrono::hours(1)};
};

class Listener final : public EventListener {
 public:
  void wake() override {}
  void end() override { ended = true; }
  bool ended = false;
};

access::IdentityPtr somebody(const std::string& subject, const std::string& key = {}) {
  auto identity = std::make_shared<access::Identity>();
  identity->claims = R"({"sub":")" + subject + "\"}";
  identity->principal = R"([null,")" + subject + "\"]";
  identity->api_key = key;
  return identity;
}

class AgentSessions : public testing::Test {
 protected:
  std::string begin(const access::IdentityPtr& who = nullptr) {
    auto id = table_->begin(who, "2025-11-25");
    return id ? *id : "refused";
  }
  bool found(const std::string& id, const access::IdentityPtr& who = nullptr) {
    return table_->find(id, who).ok();
  }
  std::string subscribe(const std::string& id, const std::string& uri) {
    auto answer = std::make_shared<std::string>("waiting");
    answers_.push_back(answer);
    table_->subscribe(id, uri, {"a.b", "{}", {}}, [answer](const base::Result<void>& result) {
      *answer = result ? "subscribed" : std::string(base::info(result.error().code).name);
    });
    return *answer;
  }

  QuietBackend backend_;
  session::SessionRules rules_;
  StoppedClock clock_;
  base::SystemRandom random_;
  Surroundings around_{
      backend_, rules_, {}, random_, clock_, [this] { return ++connections_; }, [](const std::string&) {}};
  session::ConnectionId connections_ = 0;
  std::shared_ptr<SessionTable> table_ = std::make_shared<SessionTable>(around_);
  std::vector<std::shared_ptr<std::string>> answers_;
};

TEST_F(AgentSessions, AreTheirCallersAlone) {
  const auto alice = somebody("alice");
  const std::string id = begin(alice);
  EXPECT_TRUE(found(id, alice));
  EXPECT_TRUE(found(id, somebody("alice"))) << "another token";
  EXPECT_FALSE(found(id, somebody("bob")));
  EXPECT_FALSE(found(id, nullptr));
  EXPECT_FALSE(found(id, somebody("alice", "key"))) << "a key of the same subject may have other scopes";
  EXPECT_FALSE(table_->end(id, somebody("bob")));
  EXPECT_TRUE(table_->end(id, alice));
  EXPECT_FALSE(found(id, alice));
}

TEST_F(AgentSessions, MakeRoomForTheirCallersNewOnes) {
  const auto alice = somebody("alice");
  const std::string bobs = begin(somebody("bob"));
  const std::string used = begin(alice);
  EXPECT_TRUE(found(used, alice));
  const std::string unused = begin(alice);
  for (std::size_t i = 2; i < around_.limits.max_sessions_per_caller; ++i) {
    clock_.time += std::chrono::seconds(1);
    EXPECT_TRUE(found(begin(alice), alice));
  }
  EXPECT_EQ(table_->size(), around_.limits.max_sessions_per_caller + 1);
  begin(alice);
  EXPECT_FALSE(found(unused, alice));
  begin(alice);
  EXPECT_TRUE(found(bobs, somebody("bob")));
  EXPECT_EQ(table_->size(), around_.limits.max_sessions_per_caller + 1);
}

TEST_F(AgentSessions, AreRefusedWhereAllAreInUse) {
  const auto alice = somebody("alice");
  for (std::size_t i = 0; i < around_.limits.max_sessions_per_caller; ++i)
    table_->listen(begin(alice), std::nullopt, std::make_shared<Listener>());
  EXPECT_EQ(begin(alice), "refused");
  EXPECT_NE(begin(somebody("bob")), "refused");
}

TEST_F(AgentSessions, EndWhenNobodyUsesThem) {
  const std::string idle = begin();
  const std::string listening = begin();
  const auto source = table_->listen(listening, std::nullopt, std::make_shared<Listener>());
  clock_.time += around_.limits.idle_timeout;
  table_->tick();
  EXPECT_FALSE(found(idle));
  EXPECT_TRUE(found(listening));
  source->closed();
  clock_.time += around_.limits.idle_timeout;
  table_->tick();
  EXPECT_FALSE(found(listening));
}

TEST_F(AgentSessions, HaveOneStream) {
  const std::string id = begin();
  const auto first = std::make_shared<Listener>();
  const auto old = table_->listen(id, std::nullopt, first);
  const auto newest = table_->listen(id, std::nullopt, std::make_shared<Listener>());
  EXPECT_TRUE(first->ended);
  table_->catalog_changed();
  EXPECT_EQ(old->take(), "");
  old->closed();
  EXPECT_NE(newest->take().find("tools/list_changed"), std::string::npos);
}

TEST_F(AgentSessions, AreSubscribedWithTheFirstResult) {
  const std::string id = begin();
  const auto source = table_->listen(id, std::nullopt, std::make_shared<Listener>());
  EXPECT_EQ(subscribe(id, "a://1"), "waiting");
  backend_.change(1, R"("value":1,"hash":"h")");
  EXPECT_EQ(*answers_[0], "subscribed");
  EXPECT_EQ(source->take(), "");
  backend_.change(1, R"("value":2,"hash":"i")");
  EXPECT_NE(source->take().find("a://1"), std::string::npos);
  backend_.change(1, R"("error":{"code":"forbidden","message":"no","retryable":false})");
  EXPECT_NE(source->take().find("a://1"), std::string::npos);
  EXPECT_EQ(backend_.unsubscribed, std::vector<std::uint64_t>{1});
  backend_.change(1, R"("value":3,"hash":"j")");
  EXPECT_EQ(source->take(), "");
}

TEST_F(AgentSessions, AreNotSubscribedToWhatFails) {
  const std::string id = begin();
  subscribe(id, "a://1");
  backend_.change(1, R"("error":{"code":"forbidden","message":"no","retryable":false})");
  EXPECT_EQ(*answers_[0], "forbidden");
  subscribe(id, "a://2");
  clock_.time += around_.limits.subscribe_patience;
  table_->tick();
  EXPECT_EQ(*answers_[1], "overloaded") << "there was no result in time";
  EXPECT_EQ(backend_.unsubscribed, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(AgentSessions, HaveABoundedNumberOfSubscriptions) {
  const std::string id = begin();
  for (std::size_t i = 0; i < around_.limits.max_subscriptions; ++i)
    subscribe(id, "a://" + std::to_string(i));
  EXPECT_EQ(subscribe(id, "a://more"), "overloaded");
  EXPECT_EQ(backend_.subscribed.size(), around_.limits.max_subscriptions);
}

TEST_F(AgentSessions, AreToldOfAChangeSinceTheyRead) {
  const std::string id = begin();
  const auto source = table_->listen(id, std::nullopt, std::make_shared<Listener>());
  for (const char* uri : {"a://same", "a://other"}) {
    table_->note_read(id, uri, "h");
    subscribe(id, uri);
  }
  EXPECT_EQ(backend_.subscribed[0].have, "h");
  backend_.change(1, R"("same":true,"hash":"h")");
  backend_.change(2, R"("value":1,"hash":"i")");
  const std::string told = source->take();
  EXPECT_EQ(told.find("a://same"), std::string::npos);
  EXPECT_NE(told.find("a://other"), std::string::npos);
}

TEST_F(AgentSessions, AreToldOfEverythingWhereEventsMayBeLost) {
  const std::string id = begin();
  const auto first = table_->listen(id, std::nullopt, std::make_shared<Listener>());
  subscribe(id, "a://1");
  backend_.change(1, R"("value":1,"hash":"h")");
  backend_.change(1, R"("value":2,"hash":"i")");
  first->take();  // and it is not known whether it arrived
  const auto second = table_->listen(id, std::nullopt, std::make_shared<Listener>());
  EXPECT_NE(second->take().find("a://1"), std::string::npos);
}

TEST_F(AgentSessions, EndWithTheirKey) {
  const auto key = somebody("alice", "key");
  const std::string id = begin(key);
  const auto listener = std::make_shared<Listener>();
  table_->listen(id, std::nullopt, listener);
  ASSERT_NE(backend_.sink, nullptr) << "a key that is revoked is told on the connection";
  backend_.sink->identity_ended(somebody("alice", "key"), {});
  EXPECT_TRUE(found(id, key)) << "another identity";
  backend_.sink->identity_ended(key, {});
  EXPECT_FALSE(found(id, key));
  EXPECT_TRUE(listener->ended);
  EXPECT_EQ(backend_.disconnects, 1);
}

TEST_F(AgentSessions, LoseTheirIdentityWithTheTokenAndGetItBackWithAnother) {
  auto token = std::make_shared<access::Identity>(*somebody("alice"));
  token->expires = std::chrono::system_clock::now() + std::chrono::seconds(30);
  const std::string id = begin(token);
  subscribe(id, "a://1");
  const auto listener = std::make_shared<Listener>();
  table_->listen(id, std::nullopt, listener);
  clock_.time += std::chrono::seconds(31);
  table_->tick();
  EXPECT_TRUE(listener->ended);
  ASSERT_EQ(backend_.identities.size(), 1u);
  EXPECT_EQ(backend_.identities[0], nullptr);
  const auto fresh = somebody("alice");
  EXPECT_TRUE(found(id, fresh));
  EXPECT_EQ(backend_.identities.back(), fresh);
}

TEST_F(AgentSessions, CancelARequestOnce) {
  const std::string id = begin();
  int cancelled = 0;
  EXPECT_TRUE(table_->request_began(id, "1", [&] { ++cancelled; }).ok());
  EXPECT_FALSE(table_->request_began(id, "1", [] {}).ok()) << "its id is in use";
  table_->cancel(id, "2");
  EXPECT_EQ(cancelled, 0);
  table_->cancel(id, "1");
  table_->cancel(id, "1");
  EXPECT_EQ(cancelled, 1);
  EXPECT_TRUE(table_->request_began(id, "1", [] {}).ok());
}

}  // namespace
}  // namespace freshet::mcp
