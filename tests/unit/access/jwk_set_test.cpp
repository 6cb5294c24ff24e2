#include "access/jwk_set.h"

#include <gtest/gtest.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "token_maker.h"

namespace freshet::access {
namespace {

const std::vector<Algorithm> kAll{Algorithm::kHs256, Algorithm::kRs256, Algorithm::kPs256,
                                  Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEdDsa};

JwkSet parsed(const std::string& keys, Secrets secrets = Secrets::kRefused) {
  base::Result<JwkSet> set = parse_jwk_set(R"({"keys":[)" + keys + "]}", kAll, secrets);
  EXPECT_TRUE(set) << (set ? "" : set.error().message);
  return set ? *std::move(set) : JwkSet();
}

TEST(JwkSet, GivesEachKeyTheAlgorithmThatItNames) {
  const KeyPair rsa = KeyPair::rsa();
  const JwkSet set = parsed(rsa.jwk(R"("kid":"a","alg":"PS256","use":"sig")"));
  ASSERT_EQ(set.keys.size(), 1u);
  EXPECT_EQ(set.keys[0].algorithm(), Algorithm::kPs256);
  EXPECT_EQ(set.keys[0].id(), "a");
  EXPECT_TRUE(set.keys[0].verifies("x", rsa.sign(Algorithm::kPs256, "x")));
  EXPECT_FALSE(set.keys[0].verifies("x", rsa.sign(Algorithm::kRs256, "x")));
}

TEST(JwkSet, GivesAKeyWithoutAlgorithmAllOfItsKindThatAreAllowed) {
  EXPECT_EQ(parsed(KeyPair::rsa().jwk()).keys.size(), 2u);
  EXPECT_EQ(parsed(KeyPair::ec().jwk()).keys.size(), 1u);
  EXPECT_EQ(parsed(KeyPair::ec("P-384").jwk()).keys.at(0).algorithm(), Algorithm::kEs384);
  const KeyPair ed = KeyPair::ed25519();
  EXPECT_TRUE(parsed(ed.jwk()).keys.at(0).verifies("x", ed.sign(Algorithm::kEdDsa, "x")));
  EXPECT_EQ(parsed(ed.jwk(R"("alg":"Ed25519")")).keys.size(), 1u);
}

TEST(JwkSet, SkipsWhatIsOfNoUseAndKeepsTheRest) {
  const KeyPair ec = KeyPair::ec();
  const std::string good = ec.jwk(R"("kid":"good")");
  for (const std::string& other :
       {KeyPair::rsa().jwk(R"("use":"enc")"), KeyPair::rsa().jwk(R"("key_ops":["encrypt"])"),
        KeyPair::rsa().jwk(R"("alg":"RSA-OAEP")"), KeyPair::rsa().jwk(R"("alg":"RS384")"),
        KeyPair::rsa(1024).jwk(), KeyPair::rsa().jwk(R"("d":"AQAB")"), KeyPair::rsa().jwk(R"("kid":7)"),
        KeyPair::ec("P-521").jwk(), KeyPair::ec("secp256k1").jwk(R"("alg":"ES256")"),
        std::string(R"({"kty":"RSA","n":"","e":"AQAB"})"), std::string(R"({"kty":"RSA","n":"AQAB"})"),
        std::string(R"({"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"})"),
        std::string(R"({"kty":"OKP","crv":"Ed25519","x":"AQAB"})"), std::string(R"({"kty":"none"})"),
        std::string("{}"), std::string("7"), std::string("null"),
        std::string(R"({"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})")}) {
    const JwkSet set = parsed(other + "," + good);
    ASSERT_EQ(set.keys.size(), 1u) << other;
    EXPECT_EQ(set.keys[0].id(), "good");
    EXPECT_EQ(set.skipped, 1u);
  }
}

TEST(JwkSet, RefusesAPointThatIsNotOnItsCurve) {
  const std::string ones(43, '_');
  EXPECT_TRUE(parsed(R"({"kty":"EC","crv":"P-256","x":")" + std::string(42, 'A') + R"(E","y":")" +
                     std::string(42, 'A') + R"(E"})")
                  .keys.empty());
}

TEST(JwkSet, RefusesAnExponentWithWhichEverythingSignsItself) {
  const std::string modulus(342, 'x');
  for (const char* exponent : {"AQ", "Ag", "AA", ""})
    EXPECT_TRUE(parsed(R"({"kty":"RSA","n":")" + modulus + R"(","e":")" + exponent + R"("})").keys.empty())
        << exponent;
}

TEST(JwkSet, HoldsSecretsOnlyWhereNobodyElseCanReadThem) {
  const std::string secret = R"({"kty":"oct","k":")" + base::to_base64url(std::string(32, 's')) + R"("})";
  EXPECT_TRUE(parsed(secret).keys.empty());
  const JwkSet set = parsed(secret, Secrets::kAccepted);
  ASSERT_EQ(set.keys.size(), 1u);
  EXPECT_TRUE(set.keys[0].verifies("x", hmac_sha256(std::string(32, 's'), "x")));
}

TEST(JwkSet, IsAnObjectWithAnArrayOfBoundedLength) {
  for (const char* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[)", R"({"keys":[],"keys":[]})"})
    EXPECT_FALSE(parse_jwk_set(text, kAll, Secrets::kRefused)) << text;
  std::string many = "{}";
  for (std::size_t i = 1; i < kMaxJwks; ++i) many += ",{}";
  EXPECT_TRUE(parse_jwk_set(R"({"keys":[)" + many + "]}", kAll, Secrets::kRefused));
  EXPECT_FALSE(parse_jwk_set(R"({"keys":[)" + many + ",{}]}", kAll, Secrets::kRefused));
}

}  // namespace
}  // namespace freshet::access
