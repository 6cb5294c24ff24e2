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

constexpr int kLeastRsaBits = 2048;
// Verifying costs time with the square of the length: a larger key would be a way to keep the gateway busy.
constexpr int kMostRsaBits = 8192;
constexpr std::size_t kEd25519SignatureBytes = 64;

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

bool is_on_curve(const EVP_PKEY* key, std::string_view curve) {
  std::array<char, 64> group{};
  std::size_t length = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                        &length) == 1 &&
         std::string_view(group.data(), length) == curve;
}

std::optional<std::string> unfit(const AlgorithmInfo& algorithm, const EVP_PKEY* key) {
  switch (algorithm.family) {
    case Family::kRsa:
    case Family::kRsaPss:
      if (EVP_PKEY_is_a(key, "RSA") != 1) return "the key is not an RSA key";
      if (EVP_PKEY_get_bits(key) < kLeastRsaBits) return "the RSA key has fewer than 2048 bits";
      if (EVP_PKEY_get_bits(key) > kMostRsaBits) return "the RSA key has more than 8192 bits";
      return std::nullopt;
    case Family::kEcdsa:
      if (!is_on_curve(key, algorithm.curve))
        return "the key is not on the curve " + std::string(algorithm.jwk_curve);
      return std::nullopt;
    case Family::kEd25519:
      if (EVP_PKEY_is_a(key, "ED25519") != 1) return "the key is not an Ed25519 key";
      return std::nullopt;
    case Family::kSecret:
      break;
  }
  return std::string(algorithm.name) + " takes a secret, not a public key";
}

// JWS carries r and s as fixed-width integers; OpenSSL takes DER. Zero and too-large values are refused by
// its check.
std::optional<std::string> ecdsa_der(std::string_view raw, int coordinate_bytes) {
  if (raw.size() != 2 * static_cast<std::size_t>(coordinate_bytes)) return std::nullopt;
  EcdsaSignature signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(bytes_of(raw), coordinate_bytes, nullptr);
  BIGNUM* s = BN_bin2bn(bytes_of(raw) + coordinate_bytes, coordinate_bytes, nullptr);
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

bool verifies_hmac(const AlgorithmInfo& algorithm, std::string_view secret, std::string_view input,
                   std::string_view signature) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
  unsigned int size = 0;
  if (HMAC(EVP_get_digestbyname(algorithm.digest), secret.data(), static_cast<int>(secret.size()),
           bytes_of(input), input.size(), expected.data(), &size) == nullptr) {
    return false;
  }
  return size == static_cast<unsigned int>(algorithm.digest_bytes) && signature.size() == size &&
         CRYPTO_memcmp(expected.data(), signature.data(), size) == 0;
}

bool verifies_public(EVP_PKEY* key, const AlgorithmInfo& algorithm, std::string_view input,
                     std::string_view signature) {
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  const EVP_MD* digest = algorithm.digest == nullptr ? nullptr : EVP_get_digestbyname(algorithm.digest);
  if (!context || EVP_DigestVerifyInit(context.get(), &parameters, digest, nullptr, key) != 1) return false;
  if (algorithm.family == Family::kRsaPss &&
      (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(input),
                          input.size()) == 1;
}

}  // namespace

base::Result<VerificationKey> VerificationKey::make(Algorithm algorithm, std::string_view material,
                                                    std::string id) {
  const AlgorithmInfo& kind = info(algorithm);
  if (kind.family == Family::kSecret) {
    if (material.size() < static_cast<std::size_t>(kind.digest_bytes)) {
      return refused("an " + std::string(kind.name) + " secret needs at least " +
                     std::to_string(kind.digest_bytes) + " bytes");
    }
    if (material.find("-----BEGIN") != std::string_view::npos) {
      return refused("the " + std::string(kind.name) +
                     " secret is a PEM key: choose the algorithm of that key");
    }
    VerificationKey key(algorithm, std::move(id));
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
  return of_public_key(algorithm, PublicKey(parsed, EVP_PKEY_free), std::move(id));
}

base::Result<VerificationKey> VerificationKey::of_public_key(Algorithm algorithm, PublicKey public_key,
                                                             std::string id) {
  if (std::optional<std::string> why = unfit(info(algorithm), public_key.get()))
    return refused(*std::move(why));
  VerificationKey key(algorithm, std::move(id));
  key.key_ = std::move(public_key);
  return key;
}

bool VerificationKey::verifies(std::string_view input, std::string_view signature) const {
  const AlgorithmInfo& kind = info(algorithm_);
  bool good = false;
  switch (kind.family) {
    case Family::kSecret:
      return verifies_hmac(kind, secret_, input, signature);
    case Family::kEcdsa:
      if (const std::optional<std::string> der = ecdsa_der(signature, kind.coordinate_bytes)) {
        good = verifies_public(key_.get(), kind, input, *der);
      }
      break;
    case Family::kEd25519:
      good =
          signature.size() == kEd25519SignatureBytes && verifies_public(key_.get(), kind, input, signature);
      break;
    case Family::kRsa:
    case Family::kRsaPss:
      good = signature.size() == static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())) &&
             verifies_public(key_.get(), kind, input, signature);
      break;
  }
  ERR_clear_error();
  return good;
}

}  // namespace freshet::access
