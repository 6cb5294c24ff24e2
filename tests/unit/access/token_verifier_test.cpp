#include <gtest/gtest.h>

#include "token_maker.h"

namespace freshet::access {
namespace {

using std::chrono::seconds;

const std::string kSecret = "an hmac secret of thirty-two bytes";
const WallTime kNow{seconds(1'800'000'000)};

std::string hs256(std::string_view payload) {
  const std::string input = signing_input(R"({"alg":"HS256","typ":"JWT"})", payload);
  return joined(input, hmac_sha256(kSecret, input));
}

TokenVerifier verifier(TokenRules rules = {}) {
  std::vector<VerificationKey> keys;
  keys.push_back(*VerificationKey::make(Algorithm::kHs256, kSecret));
  return TokenVerifier(std::move(keys), std::move(rules));
}

TEST(TokenVerifier, GivesTheClaimsAsCanonicalJson) {
  const auto identity = verifier().verify(
      hs256(R"({ "sub":"u1", "exp":1800000060, "n": 1.50, "a\u0062":[1, {"y":2,"x":1}] })"), kNow);
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ((*identity)->claims, R"({"ab":[1,{"x":1,"y":2}],"exp":1800000060,"n":1.50,"sub":"u1"})");
  EXPECT_EQ((*identity)->expires, WallTime(seconds(1'800'000'060)));
}

TEST(TokenVerifier, NamesThePrincipalByIssuerAndSubject) {
  EXPECT_EQ((*verifier().verify(hs256(R"({"sub":"u\"1","iss":"i","exp":1800000060})"), kNow))->principal,
            R"(["i","u\"1"])");
  EXPECT_EQ((*verifier().verify(hs256(R"({"sub":"u1","exp":1800000060})"), kNow))->principal,
            R"([null,"u1"])");
}

TEST(TokenVerifier, AcceptsEveryAlgorithmWithItsOwnKey) {
  const KeyPair rsa = KeyPair::rsa();
  const KeyPair ec = KeyPair::ec();
  const KeyPair ed = KeyPair::ed25519();
  const std::vector<std::pair<Algorithm, const KeyPair*>> all{{Algorithm::kRs256, &rsa},
                                                              {Algorithm::kPs256, &rsa},
                                                              {Algorithm::kEs256, &ec},
                                                              {Algorithm::kEdDsa, &ed}};
  for (const auto& [algorithm, pair] : all) {
    std::vector<VerificationKey> keys;
    keys.push_back(*VerificationKey::make(algorithm, pair->public_pem()));
    const std::string input = signing_input(R"({"alg":")" + std::string(name(algorithm)) + R"("})",
                                            R"({"sub":"u","exp":1800000060})");
    const TokenVerifier own(std::move(keys), {});
    EXPECT_TRUE(own.verify(joined(input, pair->sign(algorithm, input)), kNow)) << name(algorithm);
  }
}

TEST(TokenVerifier, ChoosesTheKeyByItsId) {
  std::vector<VerificationKey> keys;
  keys.push_back(*VerificationKey::make(Algorithm::kHs256, std::string(32, 'a'), "old"));
  keys.push_back(*VerificationKey::make(Algorithm::kHs256, std::string(32, 'b'), "new"));
  const TokenVerifier rotating(std::move(keys), {});
  const auto token = [](const char* id, char secret) {
    const std::string input = signing_input(std::string(R"({"alg":"HS256","kid":")") + id + "\"}",
                                            R"({"sub":"u","exp":1800000060})");
    return joined(input, hmac_sha256(std::string(32, secret), input));
  };
  EXPECT_TRUE(rotating.verify(token("old", 'a'), kNow));
  EXPECT_TRUE(rotating.verify(token("new", 'b'), kNow));
  EXPECT_FALSE(rotating.verify(token("old", 'b'), kNow));
  EXPECT_FALSE(rotating.verify(token("other", 'a'), kNow));
}

TEST(TokenVerifier, ChecksIssuerAndAudienceWhenConfigured) {
  TokenRules rules;
  rules.issuers = {"https://id.example"};
  rules.audiences = {"app"};
  const TokenVerifier strict = verifier(rules);
  const auto accepts = [&](const std::string& claims) {
    return strict.verify(hs256(R"({"sub":"u","exp":1800000060,)" + claims + "}"), kNow).ok();
  };
  EXPECT_TRUE(accepts(R"("iss":"https://id.example","aud":"app")"));
  EXPECT_TRUE(accepts(R"("iss":"https://id.example","aud":["other","app"])"));
  EXPECT_FALSE(accepts(R"("iss":"https://id.example","aud":["other"])"));
  EXPECT_FALSE(accepts(R"("iss":"https://id.example","aud":[])"));
  EXPECT_FALSE(accepts(R"("iss":"https://id.example")"));
  EXPECT_FALSE(accepts(R"("iss":"https://id.example/","aud":"app")"));
  EXPECT_FALSE(accepts(R"("aud":"app")"));
}

TEST(TokenVerifier, GivesExpiryOneSecondAndOtherTimesTheLeeway) {
  const TokenVerifier plain = verifier();
  const std::string token = hs256(R"({"sub":"u","exp":1800000000,"nbf":1800000000,"iat":1800000000})");
  EXPECT_FALSE(plain.verify(token, kNow - seconds(31)));
  EXPECT_TRUE(plain.verify(token, kNow - seconds(30)));
  EXPECT_TRUE(plain.verify(token, kNow));
  const auto late = plain.verify(token, kNow + seconds(1));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, base::ErrorCode::kUnauthenticated);
  EXPECT_EQ(late.error().details, R"({"reason":"expired"})");
}

TEST(TokenVerifier, AcceptsTokensWithoutSubjectOrExpiryOnlyWhenToldTo) {
  EXPECT_FALSE(verifier().verify(hs256(R"({"exp":1800000060})"), kNow));
  EXPECT_FALSE(verifier().verify(hs256(R"({"sub":"u"})"), kNow));
  TokenRules rules;
  rules.require_subject = false;
  rules.require_expiry = false;
  EXPECT_TRUE(verifier(rules).verify(hs256("{}"), kNow));
  EXPECT_FALSE(verifier(rules).verify(hs256(R"({"sub":""})"), kNow));
}

TEST(TokenVerifier, TakesAFarExpiryForFar) {
  EXPECT_TRUE(verifier().verify(hs256(R"({"sub":"u","exp":253402300799})"), kNow));
  EXPECT_TRUE(verifier().verify(hs256(R"({"sub":"u","exp":1800000060.75})"), kNow));
}

TEST(TokenVerifier, TrustsNobodyWithoutKeys) {
  EXPECT_FALSE(TokenVerifier({}, {}).verify(hs256(R"({"sub":"u","exp":1800000060})"), kNow));
}

}  // namespace
}  // namespace freshet::access
