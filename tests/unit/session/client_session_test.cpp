#include "session/client_session.h"

#include <optional>

#include <gtest/gtest.h>

#include "access/token_verifier.h"
#include "base/encoding.h"
#include "scripted_backend.h"

namespace freshet::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

class ClientSessionTest : public testing::Test {
 protected:
  ClientSessionTest() { rules_.limits.rate_per_second = 0; }

  ClientSession& session() {
    if (!session_) session_.emplace(1, rules_, backend_, transport_, now_);
    return *session_;
  }
  void receive(std::string_view text) { session().on_text(now_, text); }
  void welcome() {
    receive(R"({"type":"hello"})");
    session().on_opened(now_, Opened{"s", "e1", false, 0});
    forget();
  }
  void answer(std::uint64_t id) {
    session().on_answer(now_, id, Outcome{Part(std::make_shared<const std::string>("1")), "", false});
  }
  void forget() {
    backend_.calls.clear();
    transport_.frames.clear();
  }
  void pass(base::Duration time) {
    now_.steady += time;
    now_.wall += time;
  }
  void expect_protocol_error() {
    ASSERT_FALSE(transport_.frames.empty());
    EXPECT_NE(transport_.frames.back().find(R"("code":"protocol")"), std::string::npos)
        << transport_.frames.back();
    EXPECT_EQ(transport_.closed_with, 1002);
    EXPECT_TRUE(session().closed());
  }
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  SessionRules rules_;
  ScriptedBackend backend_;
  KeptTransport transport_;
  Now now_{base::TimePoint(seconds(1000)), access::WallTime(seconds(1'800'000'000))};
  std::optional<ClientSession> session_;
};

TEST_F(ClientSessionTest, StartsWithHelloAndWelcome) {
  receive(R"({"type":"hello","session":"abc-_1","last_epoch":"e0","pending":[4]})");
  EXPECT_EQ(backend_.calls, Strings{"open"});
  EXPECT_EQ(backend_.last_hello.session, "abc-_1");
  EXPECT_EQ(backend_.last_hello.pending, std::vector<std::uint64_t>{4});
  EXPECT_TRUE(transport_.frames.empty());
  session().on_opened(now_, Opened{"abc-_1", "e1", true, 3});
  ASSERT_EQ(transport_.frames.size(), 1u);
  EXPECT_TRUE(has(transport_.frames[0], R"("resumed":true,"floor":3)"));
}

TEST_F(ClientSessionTest, RefusesEverythingBeforeHello) {
  for (const char* text : {R"({"type":"auth","token":null})", R"({"type":"ping"})",
                           R"({"type":"subscribe","id":1,"path":"a.b"})",
                           R"({"type":"mutate","id":1,"path":"a.b"})", R"({"type":"ack","upto":1})"}) {
    transport_ = {};
    session_.reset();
    receive(text);
    expect_protocol_error();
    EXPECT_TRUE(backend_.calls.empty()) << text;
  }
}

TEST_F(ClientSessionTest, RefusesASecondHello) {
  welcome();
  receive(R"({"type":"hello"})");
  expect_protocol_error();
  EXPECT_EQ(backend_.calls, Strings{"disconnect"});
}

TEST_F(ClientSessionTest, RefusesSessionIdsOfAnotherForm) {
  for (const char* id : {"", "key:abc", "a b", "a/b", "\\u0000", "ä"}) {
    transport_ = {};
    session_.reset();
    receive(std::string(R"({"type":"hello","session":")") + id + "\"}");
    expect_protocol_error();
  }
  transport_ = {};
  session_.reset();
  receive(R"({"type":"hello","session":")" + std::string(65, 'a') + "\"}");
  expect_protocol_error();
}

TEST_F(ClientSessionTest, TakesNoMutationBeforeWelcome) {
  for (const char* text : {R"({"type":"mutate","id":1,"path":"a.b"})",
                           R"({"type":"act","id":1,"path":"a.b"})", R"({"type":"ack","upto":1})"}) {
    transport_ = {};
    session_.reset();
    receive(R"({"type":"hello","session":"s"})");
    receive(text);
    expect_protocol_error();
  }
}

TEST_F(ClientSessionTest, TakesSubscriptionsAndQueriesBeforeWelcome) {
  receive(R"({"type":"hello"})");
  forget();
  receive(R"({"type":"subscribe","id":1,"path":"a.b","args":{"x":1}})");
  receive(R"({"type":"query","id":1,"path":"a.c"})");
  EXPECT_EQ(backend_.calls, (Strings{R"(subscribe 1 a.b {"x":1})", "query 1 a.c {}"}));
}

TEST_F(ClientSessionTest, RunsMutationsOneAtATimeInTheirOrder) {
  welcome();
  receive(R"({"type":"mutate","id":1,"path":"m.a"})");
  receive(R"({"type":"act","id":2,"path":"m.b"})");
  receive(R"({"type":"mutate","id":3,"path":"m.c"})");
  receive(R"({"type":"query","id":4,"path":"q.a"})");
  EXPECT_EQ(backend_.calls, (Strings{"mutate 1 m.a {} as ", "query 4 q.a {}"}));
  answer(4);
  EXPECT_EQ(backend_.calls.size(), 2u);
  answer(1);
  EXPECT_EQ(backend_.calls.back(), "act 2 m.b {} as ");
  answer(2);
  EXPECT_EQ(backend_.calls.back(), "mutate 3 m.c {} as ");
}

TEST_F(ClientSessionTest, WantsMutationIdsToGrow) {
  welcome();
  receive(R"({"type":"mutate","id":5,"path":"m.a"})");
  answer(5);
  receive(R"({"type":"mutate","id":5,"path":"m.a"})");
  expect_protocol_error();
}

TEST_F(ClientSessionTest, RefusesAnIdThatIsInUse) {
  welcome();
  receive(R"({"type":"query","id":5,"path":"q.a"})");
  receive(R"({"type":"query","id":5,"path":"q.a"})");
  expect_protocol_error();
}

TEST_F(ClientSessionTest, RefusesASecondSubscriptionWithOneId) {
  welcome();
  receive(R"({"type":"subscribe","id":5,"path":"q.a"})");
  receive(R"({"type":"subscribe","id":5,"path":"q.b"})");
  expect_protocol_error();
}

TEST_F(ClientSessionTest, SubscribesWithoutJudgingAccess) {
  backend_.functions = std::make_shared<Catalog>();
  backend_.functions->functions["q.mine"] = {Kind::kQuery, false};
  welcome();
  receive(R"({"type":"subscribe","id":5,"path":"q.mine"})");
  EXPECT_EQ(backend_.calls, Strings{"subscribe 5 q.mine {}"});
}

TEST_F(ClientSessionTest, AnswersCallsThatTheCallerMayNotMake) {
  backend_.functions = std::make_shared<Catalog>();
  backend_.functions->functions["q.mine"] = {Kind::kQuery, false};
  welcome();
  receive(R"({"type":"query","id":1,"path":"q.mine"})");
  EXPECT_TRUE(has(transport_.frames.back(), R"("id":1,"error":{"code":"unauthenticated")"));
  receive(R"({"type":"mutate","id":2,"path":"q.mine"})");
  EXPECT_TRUE(has(transport_.frames.back(), R"("id":2,"error":{"code":"not_found")"));
  EXPECT_TRUE(backend_.calls.empty());
  receive(R"({"type":"query","id":3,"path":"q.unknown"})");
  EXPECT_EQ(backend_.calls, Strings{"query 3 q.unknown {}"})
      << "what the catalog does not name is the backend's to judge";
}

TEST_F(ClientSessionTest, BoundsSubscriptionsAndRequests) {
  rules_.limits.max_subscriptions = 1;
  rules_.limits.max_requests = 1;
  welcome();
  receive(R"({"type":"subscribe","id":1,"path":"q.a"})");
  receive(R"({"type":"subscribe","id":2,"path":"q.a"})");
  EXPECT_TRUE(has(transport_.frames.back(), R"("type":"error")"));
  EXPECT_TRUE(has(transport_.frames.back(), R"("code":"overloaded")"));
  EXPECT_TRUE(has(transport_.frames.back(), R"("id":2)"));
  receive(R"({"type":"mutate","id":1,"path":"m.a"})");
  receive(R"({"type":"mutate","id":2,"path":"m.a"})");
  EXPECT_TRUE(has(transport_.frames.back(), R"({"type":"response","id":2,"error":{"code":"overloaded")"));
  receive(R"({"type":"unsubscribe","id":1})");
  receive(R"({"type":"subscribe","id":2,"path":"q.a"})");
  answer(1);
  receive(R"({"type":"mutate","id":3,"path":"m.a"})");
  EXPECT_EQ(backend_.calls.back(), "mutate 3 m.a {} as ");
}

TEST_F(ClientSessionTest, LimitsTheRateAndSaysWhenToTryAgain) {
  rules_.limits.rate_per_second = 10;
  rules_.limits.rate_burst = 1;
  rules_.limits.max_refused_in_a_row = 3;
  welcome();
  receive(R"({"type":"query","id":1,"path":"q.a"})");
  receive(R"({"type":"query","id":2,"path":"q.a"})");
  EXPECT_TRUE(has(transport_.frames.back(), R"("code":"rate_limited")"));
  EXPECT_TRUE(has(transport_.frames.back(), R"("retry_after_ms":100)"));
  receive(R"({"type":"subscribe","id":2,"path":"q.a"})");
  EXPECT_TRUE(has(transport_.frames.back(), R"("type":"error")"));
  receive(R"({"type":"auth","token":null})");
  EXPECT_EQ(transport_.closed_with, 1008);
  EXPECT_EQ(transport_.sent_after_close, 0);
}

TEST_F(ClientSessionTest, FreesTheIdOfARefusedSubscription) {
  welcome();
  receive(R"({"type":"subscribe","id":5,"path":"q.a"})");
  session().on_refused(5, base::Error(base::ErrorCode::kOverloaded, "full"));
  EXPECT_TRUE(has(transport_.frames.back(), R"("id":5)"));
  receive(R"({"type":"unsubscribe","id":5})");
  EXPECT_EQ(backend_.calls, Strings{"subscribe 5 q.a {}"});
}

TEST_F(ClientSessionTest, PassesOnAcksThatGrow) {
  welcome();
  receive(R"({"type":"ack","upto":5})");
  receive(R"({"type":"ack","upto":5})");
  receive(R"({"type":"ack","upto":4})");
  receive(R"({"type":"ack","upto":6})");
  EXPECT_EQ(backend_.calls, (Strings{"ack 5", "ack 6"}));
}

TEST_F(ClientSessionTest, RefusesTheAckOfAMutationWithoutAnswer) {
  welcome();
  receive(R"({"type":"mutate","id":5,"path":"m.a"})");
  receive(R"({"type":"ack","upto":5})");
  expect_protocol_error();
}

TEST_F(ClientSessionTest, AnswersPingWithItsData) {
  welcome();
  receive(R"({"type":"ping","data":{"a":[1, 2]}})");
  receive(R"({"type":"ping"})");
  EXPECT_EQ(transport_.frames, (Strings{R"({"type":"pong","data":{"a":[1, 2]}})", R"({"type":"pong"})"}));
}

TEST_F(ClientSessionTest, ClosesWithoutHelloInTime) {
  EXPECT_EQ(session().deadline(), now_.steady + rules_.limits.hello_deadline);
  pass(rules_.limits.hello_deadline);
  session().on_tick(now_);
  expect_protocol_error();
}

TEST_F(ClientSessionTest, ClosesWhenThereIsNoSessionToBeHad) {
  receive(R"({"type":"hello"})");
  session().on_opened(now_, base::Error(base::ErrorCode::kOverloaded, "the database is away"));
  EXPECT_EQ(transport_.closed_with, 1013);
  EXPECT_EQ(backend_.calls, (Strings{"open", "disconnect"}));
}

TEST_F(ClientSessionTest, SendsNothingAfterItsEnd) {
  welcome();
  receive(R"({"type":"query","id":1,"path":"q.a"})");
  session().on_close(CloseReason::kStopping);
  EXPECT_EQ(transport_.closed_with, 1001);
  forget();
  answer(1);
  session().on_transition({});
  session().on_writable(false);
  receive(R"({"type":"ping"})");
  session().on_disconnect();
  EXPECT_TRUE(transport_.frames.empty());
  EXPECT_TRUE(backend_.calls.empty());
}

TEST_F(ClientSessionTest, TellsTheBackendWhenTheSocketIsSlow) {
  welcome();
  session().on_writable(false);
  session().on_writable(false);
  session().on_writable(true);
  EXPECT_EQ(backend_.calls, (Strings{"busy", "drained"}));
}

TEST_F(ClientSessionTest, SharesLongBodiesOfTransitions) {
  welcome();
  const auto body =
      std::make_shared<const std::string>("\"value\":\"" + std::string(5000, 'x') + "\",\"hash\":\"h\"");
  const Frame frame = transition_frame({"e1", "e2", {{7, body}, {8, body}}, {1, 2}, false});
  int shared = 0;
  for (const Part& part : frame.parts) shared += part.owner == body ? 1 : 0;
  EXPECT_EQ(shared, 2);
  EXPECT_EQ(frame.text(), R"({"type":"transition","from":"e1","to":"e2","changes":[{"id":7,)" + *body +
                              R"(},{"id":8,)" + *body + R"(}],"includes":[1,2]})");
  EXPECT_EQ(frame.size, frame.text().size());
}

// With tokens: an HS256 key and the claims as given.
class SignedIn : public ClientSessionTest {
 protected:
  SignedIn() {
    std::vector<access::VerificationKey> keys;
    keys.push_back(*access::VerificationKey::make(access::Algorithm::kHs256, kSecret));
    verifier_.emplace(std::move(keys), access::TokenRules{});
    rules_.verifier = &*verifier_;
  }
  static std::string token(const std::string& name);
  void sign_in(const std::string& name) { receive(R"({"type":"auth","token":")" + token(name) + "\"}"); }

  static constexpr const char* kSecret = "an hmac secret of thirty-two bytes";
  std::optional<access::TokenVerifier> verifier_;
};

// Made once with that secret: {"alg":"HS256"} . {"exp":1800000060,"sub":name}.
std::string SignedIn::token(const std::string& name) {
  const std::string input = base::to_base64url(R"({"alg":"HS256"})") + "." +
                            base::to_base64url(R"({"exp":1800000060,"sub":")" + name + "\"}");
  return input + "." +
         (name == "alice" ? "F3Cb79K8EbRRh1_IKGiuXTpk9srSCHaSgfpM1OIuYT8"
                          : "MI6hZPzvyfPmFjUhGC7Qm862PuLexqpnbrkExK8UnnQ");
}

TEST_F(SignedIn, ChangesTheIdentityAtAuth) {
  welcome();
  sign_in("alice");
  EXPECT_EQ(transport_.frames.back(),
            R"({"type":"auth","ok":true,"identity":{"exp":1800000060,"sub":"alice"}})");
  receive(R"({"type":"auth","token":null})");
  EXPECT_EQ(transport_.frames.back(), R"({"type":"auth","ok":true})");
  EXPECT_EQ(backend_.calls, (Strings{R"(identity {"exp":1800000060,"sub":"alice"})", "identity none"}));
}

TEST_F(SignedIn, BecomesAnonymousByATokenThatIsNotValid) {
  welcome();
  sign_in("alice");
  receive(R"({"type":"auth","token":"a.b.c"})");
  EXPECT_TRUE(has(transport_.frames.back(), R"("ok":false,"error":{"code":"unauthenticated")"));
  EXPECT_EQ(backend_.calls.back(), "identity none");
  EXPECT_FALSE(session().closed());
}

TEST_F(SignedIn, RunsAQueuedMutationAsWhoSentIt) {
  welcome();
  sign_in("alice");
  receive(R"({"type":"mutate","id":1,"path":"m.a"})");
  receive(R"({"type":"mutate","id":2,"path":"m.b"})");
  sign_in("bob");
  answer(1);
  EXPECT_EQ(backend_.calls.back(), R"(mutate 2 m.b {} as [null,"alice"])");
}

TEST_F(SignedIn, EndsTheIdentityAtExpiry) {
  welcome();
  sign_in("alice");
  ASSERT_EQ(session().deadline(), now_.steady + seconds(60));
  pass(milliseconds(59'999));
  session().on_tick(now_);
  EXPECT_EQ(transport_.frames.size(), 1u);
  pass(milliseconds(1));
  session().on_tick(now_);
  EXPECT_TRUE(has(transport_.frames.back(), R"("ok":false)"));
  EXPECT_TRUE(has(transport_.frames.back(), R"("reason":"expired")"));
  EXPECT_EQ(backend_.calls.back(), "identity none");
  EXPECT_FALSE(session().deadline());
}

TEST_F(SignedIn, EndsTheIdentityOnTimeWhenTheWallClockIsSetBack) {
  welcome();
  sign_in("alice");
  now_.steady += seconds(60);
  now_.wall -= seconds(3600);
  receive(R"({"type":"query","id":1,"path":"q.a"})");
  EXPECT_EQ(backend_.calls,
            (Strings{R"(identity {"exp":1800000060,"sub":"alice"})", "identity none", "query 1 q.a {}"}));
}

TEST_F(SignedIn, RefusesAMutationWhoseTokenExpiredInTheQueue) {
  welcome();
  sign_in("alice");
  receive(R"({"type":"mutate","id":1,"path":"m.a"})");
  receive(R"({"type":"mutate","id":2,"path":"m.b"})");
  pass(seconds(61));
  answer(1);
  EXPECT_TRUE(has(transport_.frames.back(), R"("id":2,"error":{"code":"unauthenticated")"));
}

TEST_F(SignedIn, ClosesAtTheEndOfTheIdentityWhereAnonymousIsNotAllowed) {
  rules_.allow_anonymous = false;
  welcome();
  receive(R"({"type":"query","id":1,"path":"q.a"})");
  EXPECT_TRUE(has(transport_.frames.back(), "unauthenticated"));
  receive(R"({"type":"subscribe","id":1,"path":"q.a"})");
  EXPECT_TRUE(has(transport_.frames.back(), "unauthenticated"));
  sign_in("alice");
  receive(R"({"type":"query","id":2,"path":"q.a"})");
  EXPECT_EQ(backend_.calls.back(), "query 2 q.a {}");
  pass(seconds(60));
  session().on_tick(now_);
  EXPECT_EQ(transport_.closed_with, 4401);
}

// An authenticator that has to ask elsewhere.
class SlowAuthenticator final : public access::Authenticator {
 public:
  std::optional<access::Authenticated> authenticate(std::string_view, access::WallTime,
                                                    std::function<void(access::Authenticated)>) override {
    return std::nullopt;
  }
};

access::IdentityPtr somebody(const std::string& name) {
  auto identity = std::make_shared<access::Identity>();
  identity->claims = R"({"sub":")" + name + "\"}";
  identity->principal = "[null,\"" + name + "\"]";
  return identity;
}

class AskedElsewhere : public ClientSessionTest {
 protected:
  AskedElsewhere() { rules_.verifier = &slow_; }
  void sign_in() { receive(R"({"type":"auth","token":"t"})"); }
  SlowAuthenticator slow_;
};

TEST_F(AskedElsewhere, HoldsTheClientUntilItIsKnownWhoItIs) {
  welcome();
  sign_in();
  EXPECT_TRUE(session().authenticating());
  EXPECT_TRUE(transport_.frames.empty());
  session().on_authenticated(now_, somebody("alice"));
  EXPECT_FALSE(session().authenticating());
  EXPECT_EQ(transport_.frames, (Strings{R"({"type":"auth","ok":true,"identity":{"sub":"alice"}})"}));
  EXPECT_EQ(backend_.calls, (Strings{R"(identity {"sub":"alice"})"}));
  session().on_authenticated(now_, somebody("bob"));
  EXPECT_EQ(backend_.calls.size(), 1u) << "nobody asked";
}

TEST_F(AskedElsewhere, IsAnonymousWhenItCannotBeTold) {
  welcome();
  sign_in();
  session().on_authenticated(now_, base::Error(base::ErrorCode::kOverloaded, "away"));
  EXPECT_TRUE(has(transport_.frames.back(), R"("code":"overloaded")"));
  EXPECT_EQ(backend_.calls.back(), "identity none");
  EXPECT_FALSE(session().closed());
}

TEST_F(AskedElsewhere, IsSentAwayToComeBackWhereNobodyMayBeAnonymous) {
  rules_.allow_anonymous = false;
  welcome();
  sign_in();
  session().on_authenticated(now_, base::Error(base::ErrorCode::kOverloaded, "away"));
  EXPECT_EQ(transport_.closed_with, 1013);
}

TEST_F(AskedElsewhere, LosesAnIdentityThatWasTakenBack) {
  welcome();
  sign_in();
  const access::IdentityPtr alice = somebody("alice");
  session().on_authenticated(now_, alice);
  receive(R"({"type":"mutate","id":1,"path":"m.a"})");
  receive(R"({"type":"mutate","id":2,"path":"m.b"})");
  forget();
  const base::Error error(base::ErrorCode::kUnauthenticated, "revoked", R"({"reason":"revoked"})");
  session().on_identity_ended(now_, somebody("bob"), error);
  EXPECT_TRUE(transport_.frames.empty()) << "another one's";
  session().on_identity_ended(now_, alice, error);
  ASSERT_EQ(transport_.frames.size(), 2u);
  EXPECT_TRUE(has(transport_.frames[0], R"("type":"response","id":2,"error":{"code":"unauthenticated")"));
  EXPECT_TRUE(has(transport_.frames[1], R"({"type":"auth","ok":false)"));
  EXPECT_EQ(backend_.calls, (Strings{"identity none"}));
  answer(1);
  EXPECT_EQ(backend_.calls.size(), 1u) << "what waited never runs";
}

TEST_F(AskedElsewhere, ClosesWithTheIdentityWhereNobodyMayBeAnonymous) {
  rules_.allow_anonymous = false;
  welcome();
  sign_in();
  const access::IdentityPtr alice = somebody("alice");
  session().on_authenticated(now_, alice);
  session().on_identity_ended(now_, alice, base::Error(base::ErrorCode::kUnauthenticated, "revoked"));
  EXPECT_EQ(transport_.closed_with, 4401);
}

}  // namespace
}  // namespace freshet::session
