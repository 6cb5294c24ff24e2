#include <gtest/gtest.h>

#include "token_maker.h"

namespace freshet::access {
namespace {

const std::string kSecret = "an hmac secret of thirty-two bytes";

std::string refusal(Algorithm algorithm, const std::string& material) {
  const auto key = VerificationKey::make(algorithm, material);
  return key ? "" : key.error().message;
}

TEST(VerificationKey, RefusesAShortSecret) {
  EXPECT_NE(refusal(Algorithm::kHs256, std::string(31, 'x')), "");
  EXPECT_EQ(refusal(Algorithm::kHs256, std::string(32, 'x')), "");
}

TEST(VerificationKey, RefusesAPemKeyAsHmacSecret) {
  EXPECT_NE(refusal(Algorithm::kHs256, KeyPair::rsa().public_pem()), "");
}

TEST(VerificationKey, RefusesAPrivateKey) {
  EXPECT_NE(refusal(Algorithm::kEdDsa, KeyPair::ed25519().private_pem()), "");
  EXPECT_NE(refusal(Algorithm::kEs256, KeyPair::ec().private_pem()), "");
}

TEST(VerificationKey, RefusesAKeyOfAnotherKind) {
  const std::string rsa = KeyPair::rsa().public_pem();
  const std::string ec = KeyPair::ec().public_pem();
  const std::string ed = KeyPair::ed25519().public_pem();
  EXPECT_NE(refusal(Algorithm::kRs256, ec), "");
  EXPECT_NE(refusal(Algorithm::kPs256, ed), "");
  EXPECT_NE(refusal(Algorithm::kEs256, rsa), "");
  EXPECT_NE(refusal(Algorithm::kEs256, ed), "");
  EXPECT_NE(refusal(Algorithm::kEdDsa, ec), "");
  EXPECT_NE(refusal(Algorithm::kEs256, KeyPair::ec("P-384").public_pem()), "");
  EXPECT_NE(refusal(Algorithm::kEs256, KeyPair::ec("secp256k1").public_pem()), "");
  EXPECT_NE(refusal(Algorithm::kRs256, KeyPair::rsa(1024).public_pem()), "");
  EXPECT_EQ(refusal(Algorithm::kEs384, KeyPair::ec("P-384").public_pem()), "");
  EXPECT_NE(refusal(Algorithm::kEs512, KeyPair::ec("P-384").public_pem()), "");
  EXPECT_NE(refusal(Algorithm::kRs256, "not a key"), "");
}

TEST(VerificationKey, NamesEveryAlgorithm) {
  for (const char* name : {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
                           "ES256", "ES384", "ES512", "EdDSA"}) {
    const auto algorithm = algorithm_named(name);
    ASSERT_TRUE(algorithm) << name;
    EXPECT_EQ(freshet::access::name(*algorithm), name);
  }
  for (const char* name : {"none", "None", "", "hs256", "RS1", "RSA-OAEP", "ES256K", "EDDSA", "HS256 "}) {
    EXPECT_FALSE(algorithm_named(name)) << name;
  }
}

}  // namespace
}  // namespace freshet::access
