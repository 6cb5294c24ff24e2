#include "access/verification_key.h"

#include <array>
#include <utility>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace freshet::access {
namespace {

constexpr std::size_t kLeastSecretBytes = 32;
constexpr int kLeastRsaBits = 2048;
constexpr std::size_t kP256Bytes = 32;
constexpr std::size_t kEd25519SignatureBytes = 64;

constexpr std::array<std::pair<Algorithm, std::string_view>, 5> kNames{{
    {Algorithm::kHs256, "HS256"},
    {Algorithm::kRs256, "RS256"},
    {Algorithm::kPs256, "PS256"},
    {Algorithm::kEs256, "ES256"},
    {Algorithm::kEdDsa, "EdDSA"},
}};

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freeing<ECDSA_SIG_free>>;
using MemoryBio = std::unique_ptr<BIO, Freeing<BIO_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

base::Error refused(std::string why) {
  return base::Error(base::ErrorCode::kInvalidArguments, std::move(why));
}

bool is_p256(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t length = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                        &length) == 1 &&
         std::string_view(group.data(), length) == "prime256v1";
}

std::optional<std::string> unfit(Algorithm algorithm, const EVP_PKEY* key) {
  switch (algorithm) {
    case Algorithm::kRs256:
    case Algorithm::kPs256:
      if (EVP_PKEY_is_a(key, "RSA") != 1) return "the key is not an RSA key";
      if (EVP_PKEY_get_bits(key) < kLeastRsaBits) return "the RSA key has fewer than 2048 bits";
      return std::nullopt;
    case Algorithm::kEs256:
      if (!is_p256(key)) return "the key is not on the curve P-256";
      return std::nullopt;
    case Algorithm::kEdDsa:
      if (EVP_PKEY_is_a(key, "ED25519") != 1) return "the key is not an Ed25519 key";
      return std::nullopt;
    case Algorithm::kHs256:
      break;
  }
  return "HS256 takes a secret, not a public key";
}

// JWS carries r and s as fixed-width integers; OpenSSL takes DER. Zero and too-large values are refused by
// its check.
std::optional<std::string> ecdsa_der(std::string_view raw) {
  if (raw.size() != 2 * kP256Bytes) return std::nullopt;
  EcdsaSignature signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(bytes_of(raw), kP256Bytes, nullptr);
  BIGNUM* s = BN_bin2bn(bytes_of(raw) + kP256Bytes, kP256Bytes, nullptr);
  if (!signature || r == nullptr || s == nullptr || ECDSA_SIG_set0(signature.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return std::nullopt;
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return std::nullopt;
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

bool verifies_hmac(std::string_view secret, std::string_view input, std::string_view signature) {
  std::array<unsigned char, 32> expected{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(input), input.size(),
           expected.data(), &size) == nullptr) {
    return false;
  }
  return signature.size() == expected.size() && size == expected.size() &&
         CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
}

bool verifies_public(EVP_PKEY* key, Algorithm algorithm, std::string_view input, std::string_view signature) {
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  const EVP_MD* digest = algorithm == Algorithm::kEdDsa ? nullptr : EVP_sha256();
  if (!context || EVP_DigestVerifyInit(context.get(), &parameters, digest, nullptr, key) != 1) return false;
  if (algorithm == Algorithm::kPs256 &&
      (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(input),
                          input.size()) == 1;
}

}  // namespace

std::string_view name(Algorithm algorithm) {
  for (const auto& [value, text] : kNames) {
    if (value == algorithm) return text;
  }
  return {};
}

std::optional<Algorithm> algorithm_named(std::string_view name) {
  for (const auto& [value, text] : kNames) {
    if (text == name) return value;
  }
  return std::nullopt;
}

base::Result<VerificationKey> VerificationKey::make(Algorithm algorithm, std::string_view material,
                                                    std::string id) {
  VerificationKey key(algorithm, std::move(id));
  if (algorithm == Algorithm::kHs256) {
    if (material.size() < kLeastSecretBytes) return refused("an HS256 secret needs at least 32 bytes");
    if (material.find("-----BEGIN") != std::string_view::npos) {
      return refused("the HS256 secret is a PEM key: choose the algorithm of that key");
    }
    key.secret_ = material;
    return key;
  }
  if (material.find("PRIVATE KEY-----") != std::string_view::npos) {
    return refused("this is a private key: the gateway needs the public one only");
  }
  const MemoryBio bio(BIO_new_mem_buf(material.data(), static_cast<int>(material.size())));
  EVP_PKEY* parsed = bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr;
  ERR_clear_error();
  if (parsed == nullptr) return refused("not a PEM public key (BEGIN PUBLIC KEY)");
  key.key_ = std::shared_ptr<evp_pkey_st>(parsed, EVP_PKEY_free);
  if (std::optional<std::string> why = unfit(algorithm, parsed)) return refused(*std::move(why));
  return key;
}

bool VerificationKey::verifies(std::string_view input, std::string_view signature) const {
  bool good = false;
  switch (algorithm_) {
    case Algorithm::kHs256:
      return verifies_hmac(secret_, input, signature);
    case Algorithm::kEs256:
      if (const std::optional<std::string> der = ecdsa_der(signature)) {
        good = verifies_public(key_.get(), algorithm_, input, *der);
      }
      break;
    case Algorithm::kEdDsa:
      good = signature.size() == kEd25519SignatureBytes &&
             verifies_public(key_.get(), algorithm_, input, signature);
      break;
    case Algorithm::kRs256:
    case Algorithm::kPs256:
      good = signature.size() == static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())) &&
             verifies_public(key_.get(), algorithm_, input, signature);
      break;
  }
  ERR_clear_error();
  return good;
}

}  // namespace freshet::access
