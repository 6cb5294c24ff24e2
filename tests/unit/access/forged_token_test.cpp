#include <functional>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "token_maker.h"

namespace freshet::access {
namespace {

const WallTime kNow{std::chrono::seconds(1'800'000'000)};
const std::string kSecret = "an hmac secret of thirty-two bytes";
constexpr const char* kGood = R"({"sub":"u","aud":"app","exp":1800000060})";

// A gateway that trusts one key of every kind, and an attacker who knows the public ones.
class ForgedToken : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    rsa_ = new KeyPair(KeyPair::rsa());
    ec_ = new KeyPair(KeyPair::ec());
    ed_ = new KeyPair(KeyPair::ed25519());
    std::vector<VerificationKey> keys;
    keys.push_back(*VerificationKey::make(Algorithm::kHs256, kSecret, "h"));
    keys.push_back(*VerificationKey::make(Algorithm::kRs256, rsa_->public_pem(), "r"));
    keys.push_back(*VerificationKey::make(Algorithm::kEs256, ec_->public_pem(), "e"));
    keys.push_back(*VerificationKey::make(Algorithm::kEdDsa, ed_->public_pem(), "d"));
    TokenRules rules;
    rules.audiences = {"app"};
    verifier_ = new TokenVerifier(std::move(keys), rules);
  }
  static void TearDownTestSuite() {
    delete verifier_;
    delete rsa_;
    delete ec_;
    delete ed_;
  }

  static bool accepted(const std::string& token) { return verifier_->verify(token, kNow).ok(); }

  static std::string hs(std::string_view header, std::string_view payload) {
    const std::string input = signing_input(header, payload);
    return joined(input, hmac_sha256(kSecret, input));
  }
  static std::string hs(std::string_view payload) { return hs(R"({"alg":"HS256"})", payload); }
  static std::string es(std::string_view signature) {
    return joined(signing_input(R"({"alg":"ES256"})", kGood), signature);
  }

  static KeyPair* rsa_;
  static KeyPair* ec_;
  static KeyPair* ed_;
  static TokenVerifier* verifier_;
};

KeyPair* ForgedToken::rsa_;
KeyPair* ForgedToken::ec_;
KeyPair* ForgedToken::ed_;
TokenVerifier* ForgedToken::verifier_;

TEST_F(ForgedToken, IsToldFromAGoodOne) {
  EXPECT_TRUE(accepted(hs(kGood)));
  const std::string input = signing_input(R"({"alg":"ES256"})", kGood);
  EXPECT_TRUE(accepted(joined(input, ec_->sign(Algorithm::kEs256, input))));
  const std::string ed_input = signing_input(R"({"alg":"EdDSA","kid":"d"})", kGood);
  EXPECT_TRUE(accepted(joined(ed_input, ed_->sign(Algorithm::kEdDsa, ed_input))));
}

TEST_F(ForgedToken, WithoutASignatureIsRefused) {
  for (const char* alg : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string input = signing_input(std::string(R"({"alg":")") + alg + "\"}", kGood);
    EXPECT_FALSE(accepted(input + ".")) << alg;
    EXPECT_FALSE(accepted(joined(input, "x"))) << alg;
    EXPECT_FALSE(accepted(joined(input, hmac_sha256(kSecret, input)))) << alg;
  }
  EXPECT_FALSE(accepted(signing_input(R"({"alg":"HS256"})", kGood) + "."));
  EXPECT_FALSE(accepted(signing_input(R"({"alg":"HS256"})", kGood)));
  EXPECT_FALSE(accepted(hs(R"({"typ":"JWT"})", kGood)));
  EXPECT_FALSE(accepted(hs(R"({"alg":null})", kGood)));
  EXPECT_FALSE(accepted(hs(R"({"alg":["HS256"]})", kGood)));
}

TEST_F(ForgedToken, SignedWithAPublicKeyAsSecretIsRefused) {
  const std::string pem = rsa_->public_pem();
  for (const std::string& secret :
       {pem, pem.substr(0, pem.size() - 1), ec_->public_pem(), ed_->public_pem(), std::string()}) {
    for (const char* header :
         {R"({"alg":"HS256"})", R"({"alg":"HS256","kid":"r"})", R"({"alg":"HS256","kid":"h"})"}) {
      const std::string input = signing_input(header, kGood);
      EXPECT_FALSE(accepted(joined(input, hmac_sha256(secret, input))));
    }
  }
}

TEST_F(ForgedToken, WithAnotherAlgorithmThanTheKeysIsRefused) {
  for (const char* alg : {"PS256", "RS384", "ES256", "EdDSA", "HS256"}) {
    const std::string input = signing_input(std::string(R"({"alg":")") + alg + R"(","kid":"r"})", kGood);
    EXPECT_FALSE(accepted(joined(input, rsa_->sign(Algorithm::kRs256, input)))) << alg;
    EXPECT_FALSE(accepted(joined(input, rsa_->sign(Algorithm::kPs256, input)))) << alg;
  }
}

TEST_F(ForgedToken, SignedByAnotherKeyOfTheSameKindIsRefused) {
  const std::map<std::string, std::pair<Algorithm, KeyPair>> others{
      {"RS256", {Algorithm::kRs256, KeyPair::rsa()}},
      {"ES256", {Algorithm::kEs256, KeyPair::ec()}},
      {"EdDSA", {Algorithm::kEdDsa, KeyPair::ed25519()}}};
  for (const auto& [alg, other] : others) {
    const std::string input = signing_input(R"({"alg":")" + alg + "\"}", kGood);
    EXPECT_FALSE(accepted(joined(input, other.second.sign(other.first, input)))) << alg;
  }
}

TEST_F(ForgedToken, WithAKeyOfItsOwnInTheHeaderIsRefused) {
  const KeyPair own = KeyPair::rsa();
  for (const char* extra :
       {R"("jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"})", R"("jku":"https://attacker.example/keys")",
        R"("x5u":"https://attacker.example/cert")", R"("x5c":["AAAA"])"}) {
    const std::string input = signing_input(std::string(R"({"alg":"RS256",)") + extra + "}", kGood);
    EXPECT_FALSE(accepted(joined(input, own.sign(Algorithm::kRs256, input)))) << extra;
  }
}

TEST_F(ForgedToken, WithAnInjectedKeyIdIsRefused) {
  for (const char* kid : {"../../dev/null", "h' OR '1'='1", "", "H", "h ", "h\\u0000"}) {
    EXPECT_FALSE(accepted(hs(std::string(R"({"alg":"HS256","kid":")") + kid + "\"}", kGood))) << kid;
  }
  EXPECT_FALSE(accepted(hs(R"({"alg":"HS256","kid":1})", kGood)));
  EXPECT_FALSE(accepted(hs(R"({"alg":"HS256","kid":["h"]})", kGood)));
  EXPECT_FALSE(accepted(hs(R"({"alg":"HS256","kid":null})", kGood)));
}

TEST_F(ForgedToken, WithADegenerateOrDerSignatureIsRefused) {
  const std::string input = signing_input(R"({"alg":"ES256"})", kGood);
  const std::string raw = ec_->sign(Algorithm::kEs256, input);
  const std::string zero(32, '\0');
  const std::string ones(32, '\xff');
  EXPECT_FALSE(accepted(es(zero + zero)));
  EXPECT_FALSE(accepted(es(zero + raw.substr(32))));
  EXPECT_FALSE(accepted(es(raw.substr(0, 32) + zero)));
  EXPECT_FALSE(accepted(es(ones + ones)));
  EXPECT_FALSE(accepted(es(ec_->sign_der(input))));
  EXPECT_FALSE(accepted(es(raw + std::string(1, '\0'))));
  EXPECT_FALSE(accepted(es(std::string(1, '\0') + raw)));
  EXPECT_FALSE(accepted(es(raw.substr(0, 63))));
  EXPECT_FALSE(accepted(es(raw.substr(32) + raw.substr(0, 32))));
  EXPECT_FALSE(accepted(es(KeyPair::ec("P-384").sign(Algorithm::kEs256, input))));
}

TEST_F(ForgedToken, WithATruncatedOrPaddedSignatureIsRefused) {
  const std::string input = signing_input(R"({"alg":"HS256"})", kGood);
  const std::string mac = hmac_sha256(kSecret, input);
  for (const std::size_t kept : {1u, 16u, 31u})
    EXPECT_FALSE(accepted(joined(input, mac.substr(0, kept)))) << kept;
  EXPECT_FALSE(accepted(joined(input, mac + '\0')));
  const std::string rsa_input = signing_input(R"({"alg":"RS256"})", kGood);
  const std::string signature = rsa_->sign(Algorithm::kRs256, rsa_input);
  EXPECT_FALSE(accepted(joined(rsa_input, signature.substr(0, 255))));
  EXPECT_FALSE(accepted(joined(rsa_input, std::string(1, '\0') + signature)));
  EXPECT_FALSE(accepted(joined(rsa_input, std::string(256, '\0'))));
  EXPECT_FALSE(accepted(joined(rsa_input, std::string(256, '\xff'))));
}

TEST_F(ForgedToken, SpelledInAnotherWayIsRefused) {
  const std::string good = hs(kGood);
  EXPECT_FALSE(accepted(good + "="));
  EXPECT_FALSE(accepted(good + "."));
  EXPECT_FALSE(accepted("." + good));
  EXPECT_FALSE(accepted(good + "." + good));
  EXPECT_FALSE(accepted(good + " "));
  EXPECT_FALSE(accepted(" " + good));
  EXPECT_FALSE(accepted(good + "\n"));
  EXPECT_FALSE(accepted("Bearer " + good));
  EXPECT_FALSE(accepted(""));
  EXPECT_FALSE(accepted(".."));
  EXPECT_FALSE(accepted("..."));
  std::string bits = good;
  bits.back() = bits.back() == 'A' ? 'B' : static_cast<char>(bits.back() + 1);
  EXPECT_FALSE(accepted(bits)) << "the last character's unused bits";
  const std::string input = signing_input(R"({"alg":"HS256"})", kGood);
  EXPECT_FALSE(accepted(input + "." + base::to_base64(hmac_sha256(kSecret, input))));
}

TEST_F(ForgedToken, WithACriticalOrDuplicateHeaderIsRefused) {
  for (const char* header :
       {R"({"alg":"HS256","crit":["exp"]})", R"({"alg":"HS256","crit":[]})", R"({"alg":"HS256","b64":false})",
        R"({"alg":"HS256","zip":"DEF"})", R"({"alg":"none","alg":"HS256"})",
        R"({"alg":"HS256","alg":"HS256"})", R"({"alg":"HS256","\u0061lg":"none"})",
        R"({"alg":"HS256","typ":"JWE"})", R"({"alg":"HS256","typ":1})", R"(["HS256"])",
        R"({"alg":"HS256"} )"
        "x",
        R"({"alg":"HS256",})", "", "null"}) {
    EXPECT_FALSE(accepted(hs(header, kGood))) << header;
  }
}

TEST_F(ForgedToken, WithMalformedClaimsIsRefused) {
  for (const char* payload : {R"({"sub":"u","aud":"app","exp":"1800000060"})",
                              R"({"sub":"u","aud":"app","exp":-1})",
                              R"({"sub":"u","aud":"app","exp":-0})",
                              R"({"sub":"u","aud":"app","exp":1e400})",
                              R"({"sub":"u","aud":"app","exp":1e15})",
                              R"({"sub":"u","aud":"app","exp":99999999999999999999999})",
                              R"({"sub":"u","aud":"app","exp":253402300800})",
                              R"({"sub":"u","aud":"app","exp":null})",
                              R"({"sub":"u","aud":"app","exp":true})",
                              R"({"sub":"u","aud":"app","exp":[1800000060]})",
                              R"({"sub":"u","aud":"app","exp":{}})",
                              R"({"sub":"u","aud":"app","exp":1799999998.5})",
                              R"({"sub":"u","aud":"app","exp":NaN})",
                              R"({"sub":"u","aud":"app","exp":0x7FFFFFFF})",
                              R"({"sub":"u","aud":"app","exp":1800000060,"exp":1800000060})",
                              R"({"sub":"u","aud":"app","exp":0,"e\u0078p":1800000060})",
                              R"({"sub":"u","aud":"app","exp":1800000060,"nbf":"1"})",
                              R"({"sub":"u","aud":"app","exp":1800000060,"nbf":1800003600})",
                              R"({"sub":"u","aud":"app","exp":1800000060,"iat":1800003600})",
                              R"({"sub":"u","aud":"app","exp":1800000060,"iat":"x"})",
                              R"({"sub":1,"aud":"app","exp":1800000060})",
                              R"({"sub":["u"],"aud":"app","exp":1800000060})",
                              R"({"sub":"","aud":"app","exp":1800000060})",
                              R"({"sub":null,"aud":"app","exp":1800000060})",
                              R"({"sub":"u","aud":"app","iss":7,"exp":1800000060})",
                              R"({"sub":"u","aud":["app",1],"exp":1800000060})",
                              R"({"sub":"u","aud":{"app":1},"exp":1800000060})",
                              R"({"sub":"u","aud":"App","exp":1800000060})",
                              R"({"sub":"u","aud":["ap","p"],"exp":1800000060})",
                              R"({"sub":"u","sub":"v","aud":"app","exp":1800000060})",
                              R"({"sub":"u","aud":"app","exp":1800000060,"x":{"a":1,"a":2}})",
                              "{\"sub\":\"\xff\",\"aud\":\"app\",\"exp\":1800000060}",
                              R"(["sub"])",
                              "null",
                              "",
                              R"({"sub":"u","aud":"app","exp":1800000060)"}) {
    EXPECT_FALSE(accepted(hs(payload))) << payload;
  }
}

TEST_F(ForgedToken, OfTooManyBytesOrLevelsIsRefused) {
  EXPECT_FALSE(
      accepted(hs(R"({"sub":"u","aud":"app","exp":1800000060,"x":")" + std::string(16 * 1024, 'x') + "\"}")));
  EXPECT_FALSE(accepted(hs(R"({"sub":"u","aud":"app","exp":1800000060,"x":)" + std::string(64, '[') +
                           std::string(64, ']') + "}")));
}

TEST_F(ForgedToken, WithOneBitChangedIsRefused) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string input = signing_input(R"({"alg":"EdDSA"})", kGood);
  const std::string good = joined(input, ed_->sign(Algorithm::kEdDsa, input));
  for (int round = 0; round < 2000; ++round) {
    std::string changed = good;
    changed[random() % changed.size()] ^= static_cast<char>(1u << (random() % 8));
    EXPECT_FALSE(accepted(changed)) << changed;
  }
}

TEST_F(ForgedToken, TellsNothingOfWhichCheckFailed) {
  const auto malformed = verifier_->verify("x", kNow);
  const auto unsigned_token = verifier_->verify(signing_input(R"({"alg":"none"})", kGood) + ".", kNow);
  const auto stranger = verifier_->verify(hs(R"({"sub":"u","aud":"other","exp":1800000060})"), kNow);
  EXPECT_EQ(malformed.error(), unsigned_token.error());
  EXPECT_EQ(malformed.error(), stranger.error());
}

}  // namespace
}  // namespace freshet::access
