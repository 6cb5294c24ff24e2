#include "access/refreshed_keys.h"

#include <future>

#include <gtest/gtest.h>

#include "token_maker.h"

namespace freshet::access {
namespace {

const WallTime kNow{std::chrono::seconds(1'800'000'000)};
constexpr std::chrono::seconds kPatience{20};

// An issuer of which the test says what it answers, and which counts how often it is asked.
class FakeIssuer {
 public:
  RefreshedKeys::Fetch fetch() {
    return [this](const std::atomic<bool>& stopping) -> base::Result<FetchedKeys> {
      std::unique_lock lock(mutex_);
      ++asked_;
      changed_.notify_all();
      while (held_ && !stopping.load()) changed_.wait_for(lock, std::chrono::milliseconds(1));
      if (!up_) return base::Error(base::ErrorCode::kOverloaded, "away");
      FetchedKeys fetched;
      for (const auto& [id, pair] : keys_)
        fetched.keys.push_back(*VerificationKey::make(Algorithm::kEdDsa, pair.public_pem(), id));
      return fetched;
    };
  }
  KeyPair& rotate(const std::string& id) {
    const std::lock_guard lock(mutex_);
    keys_.clear();
    keys_.emplace_back(id, KeyPair::ed25519());
    return keys_.back().second;
  }
  void set_up(bool up) {
    const std::lock_guard lock(mutex_);
    up_ = up;
  }
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<std::string, KeyPair>> keys_;
  bool up_ = true;
  bool held_ = false;
  int asked_ = 0;
};

std::string token(const KeyPair& pair, const std::string& id,
                  const std::string& issuer = "https://id.example") {
  const std::string input = signing_input(R"({"alg":"EdDSA","kid":")" + id + "\"}",
                                          R"({"iss":")" + issuer + R"(","sub":"u","exp":1800000060})");
  return joined(input, pair.sign(Algorithm::kEdDsa, input));
}

class RotatingIssuer : public testing::Test {
 protected:
  RotatingIssuer() {
    TokenRules rules;
    rules.issuers = {"https://id.example"};
    verifier_.emplace(std::vector<Issuer>{{rules, keys_}});
  }
  ~RotatingIssuer() override { keys_->stop(); }

  // What comes of the token in the end.
  Authenticated authenticate(const std::string& text) {
    auto told = std::make_shared<std::promise<Authenticated>>();
    std::future<Authenticated> later = told->get_future();
    auto now =
        verifier_->authenticate(text, kNow, [told](Authenticated who) { told->set_value(std::move(who)); });
    if (now) return *std::move(now);
    if (later.wait_for(kPatience) != std::future_status::ready) throw std::runtime_error("no answer");
    return later.get();
  }

  FakeIssuer issuer_;
  base::SteadyClock clock_;
  std::shared_ptr<RefreshedKeys> keys_ = std::make_shared<RefreshedKeys>(
      issuer_.fetch(), [](bool, const std::string&) {}, clock_);
  std::optional<TokenVerifier> verifier_;
};

TEST_F(RotatingIssuer, ATokenWaitsForTheFirstKeys) {
  const KeyPair pair = issuer_.rotate("a");
  issuer_.hold(true);
  keys_->start();
  std::promise<bool> told;
  auto later = told.get_future();
  EXPECT_FALSE(
      verifier_->authenticate(token(pair, "a"), kNow, [&](Authenticated who) { told.set_value(who.ok()); }));
  issuer_.hold(false);
  EXPECT_TRUE(later.get());
}

TEST_F(RotatingIssuer, ANewKeyIsReadWhenATokenNamesIt) {
  const KeyPair old = issuer_.rotate("a");
  keys_->start();
  EXPECT_TRUE(authenticate(token(old, "a")));
  const KeyPair fresh = issuer_.rotate("b");
  EXPECT_TRUE(authenticate(token(fresh, "b")));
  EXPECT_FALSE(authenticate(token(old, "a"))) << "what the issuer took back is not trusted";
}

TEST_F(RotatingIssuer, InventedKeysCauseOneReadingAMinute) {
  const KeyPair pair = issuer_.rotate("a");
  keys_->start();
  EXPECT_TRUE(authenticate(token(pair, "a")));
  const KeyPair own = KeyPair::ed25519();
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(authenticate(token(own, "invented" + std::to_string(i))));
  EXPECT_EQ(issuer_.asked(), 2);
  EXPECT_FALSE(authenticate(token(own, "a"))) << "a known key that did not sign it";
  EXPECT_FALSE(authenticate(token(own, "x", "https://other.example"))) << "an issuer that is not ours";
  EXPECT_EQ(issuer_.asked(), 2);
}

TEST_F(RotatingIssuer, KeysOutliveTheirIssuersAbsence) {
  const KeyPair pair = issuer_.rotate("a");
  keys_->start();
  EXPECT_TRUE(authenticate(token(pair, "a")));
  issuer_.set_up(false);
  EXPECT_FALSE(authenticate(token(KeyPair::ed25519(), "b")));
  EXPECT_EQ(issuer_.asked(), 2);
  EXPECT_TRUE(authenticate(token(pair, "a")));
}

TEST_F(RotatingIssuer, WithoutAnyKeysATokenIsNotJudged) {
  issuer_.set_up(false);
  keys_->start();
  const Authenticated who = authenticate(token(KeyPair::ed25519(), "a"));
  ASSERT_FALSE(who);
  EXPECT_EQ(who.error().code, base::ErrorCode::kOverloaded);
  EXPECT_TRUE(who.error().retryable);
}

TEST_F(RotatingIssuer, ThoseWhoWaitAreAnsweredWhenItStops) {
  const KeyPair pair = issuer_.rotate("a");
  issuer_.hold(true);
  keys_->start();
  std::promise<void> told;
  auto later = told.get_future();
  EXPECT_FALSE(
      verifier_->authenticate(token(pair, "a"), kNow, [&](const Authenticated&) { told.set_value(); }));
  keys_->stop();
  EXPECT_EQ(later.wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(verifier_->authenticate(token(pair, "b"), kNow, [](const Authenticated&) {}))
      << "nobody waits now";
}

}  // namespace
}  // namespace freshet::access
