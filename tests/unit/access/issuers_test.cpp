#include <gtest/gtest.h>

#include "token_maker.h"

namespace freshet::access {
namespace {

const WallTime kNow{std::chrono::seconds(1'800'000'000)};

Issuer issuer(const std::string& name, Algorithm algorithm, const KeyPair& pair, TokenRules rules = {}) {
  rules.issuers = {name};
  return {rules,
          std::make_shared<FixedKeys>(Keys{*VerificationKey::make(algorithm, pair.public_pem(), "k")})};
}

std::string token(const KeyPair& pair, Algorithm algorithm, const std::string& claims,
                  const std::string& more = "") {
  const std::string input =
      signing_input(R"({"alg":")" + std::string(name(algorithm)) + R"(","kid":"k")" + more + "}",
                    R"({"sub":"u","exp":1800000060)" + claims + "}");
  return joined(input, pair.sign(algorithm, input));
}

TEST(Issuers, EachHasItsOwnKeysAndRules) {
  const KeyPair a = KeyPair::ec();
  const KeyPair b = KeyPair::ed25519();
  TokenRules for_app;
  for_app.audiences = {"app", "other"};
  const TokenVerifier both(
      std::vector<Issuer>{issuer("a", Algorithm::kEs256, a), issuer("b", Algorithm::kEdDsa, b, for_app)});
  EXPECT_TRUE(both.verify(token(a, Algorithm::kEs256, R"(,"iss":"a")"), kNow));
  EXPECT_TRUE(both.verify(token(b, Algorithm::kEdDsa, R"(,"iss":"b","aud":"other")"), kNow));
  EXPECT_FALSE(both.verify(token(b, Algorithm::kEdDsa, R"(,"iss":"b")"), kNow)) << "no audience";
  EXPECT_FALSE(both.verify(token(b, Algorithm::kEdDsa, R"(,"iss":"a","aud":"app")"), kNow))
      << "an issuer may not speak for another";
  EXPECT_FALSE(both.verify(token(a, Algorithm::kEs256, R"(,"iss":"c")"), kNow));
  EXPECT_FALSE(both.verify(token(a, Algorithm::kEs256, ""), kNow));
}

TEST(Issuers, MaySignOnlyWithTheAlgorithmsAllowedToThem) {
  const KeyPair pair = KeyPair::rsa();
  TokenRules rules;
  rules.issuers = {"a"};
  rules.algorithms = {Algorithm::kPs256};
  auto keys = std::make_shared<FixedKeys>(Keys{*VerificationKey::make(Algorithm::kRs256, pair.public_pem()),
                                               *VerificationKey::make(Algorithm::kPs256, pair.public_pem())});
  const TokenVerifier verifier(std::vector<Issuer>{{rules, keys}});
  EXPECT_TRUE(verifier.verify(token(pair, Algorithm::kPs256, R"(,"iss":"a")"), kNow));
  EXPECT_FALSE(verifier.verify(token(pair, Algorithm::kRs256, R"(,"iss":"a")"), kNow));
}

TEST(Issuers, SayWhatTypesOfTokenTheyMake) {
  const KeyPair pair = KeyPair::ed25519();
  TokenRules rules;
  rules.types = {"at+jwt"};
  const TokenVerifier strict(std::vector<Issuer>{issuer("a", Algorithm::kEdDsa, pair, rules)});
  const auto accepts = [&](const std::string& header) {
    return strict.verify(token(pair, Algorithm::kEdDsa, R"(,"iss":"a")", header), kNow).ok();
  };
  EXPECT_TRUE(accepts(R"(,"typ":"at+jwt")"));
  EXPECT_TRUE(accepts(R"(,"typ":"AT+JWT")"));
  EXPECT_TRUE(accepts(R"(,"typ":"application/at+jwt")"));
  EXPECT_FALSE(accepts(R"(,"typ":"JWT")"));
  EXPECT_FALSE(accepts(""));
  const TokenVerifier usual(std::vector<Issuer>{issuer("a", Algorithm::kEdDsa, pair)});
  for (const char* header : {"", R"(,"typ":"JWT")", R"(,"typ":"at+jwt")"})
    EXPECT_TRUE(usual.verify(token(pair, Algorithm::kEdDsa, R"(,"iss":"a")", header), kNow)) << header;
  for (const char* header : {R"(,"typ":"logout+jwt")", R"(,"typ":"dpop+jwt")", R"(,"typ":"")"})
    EXPECT_FALSE(usual.verify(token(pair, Algorithm::kEdDsa, R"(,"iss":"a")", header), kNow)) << header;
}

}  // namespace
}  // namespace freshet::access
