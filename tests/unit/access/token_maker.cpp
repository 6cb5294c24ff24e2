#include "token_maker.h"

#include <stdexcept>
#include <vector>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace freshet::access {
namespace {

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return out;
}

}  // namespace

KeyPair KeyPair::rsa(int bits) { return KeyPair(EVP_RSA_gen(static_cast<unsigned>(bits))); }
KeyPair KeyPair::ec(const char* curve) { return KeyPair(EVP_EC_gen(curve)); }
KeyPair KeyPair::ed25519() { return KeyPair(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

std::string KeyPair::public_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  must(PEM_write_bio_PUBKEY(bio, key_.get()) == 1, "public key");
  return text_of(bio);
}

std::string KeyPair::private_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  must(PEM_write_bio_PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "private key");
  return text_of(bio);
}

std::string KeyPair::jwk(const std::string& members) const {
  const auto number = [this](const char* name) {
    BIGNUM* value = nullptr;
    must(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1, name);
    const int bits = EVP_PKEY_get_bits(key_.get());
    const int width = EVP_PKEY_is_a(key_.get(), "EC") == 1 ? (bits + 7) / 8 : BN_num_bytes(value);
    std::string bytes(static_cast<std::size_t>(width), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), width);
    BN_free(value);
    return "\"" + base::to_base64url(bytes) + "\"";
  };
  const std::string more = members.empty() ? "" : "," + members;
  if (EVP_PKEY_is_a(key_.get(), "RSA") == 1)
    return R"({"kty":"RSA","n":)" + number("n") + R"(,"e":)" + number("e") + more + "}";
  if (EVP_PKEY_is_a(key_.get(), "EC") == 1) {
    char group[64] = {};
    std::size_t length = 0;
    must(EVP_PKEY_get_utf8_string_param(key_.get(), "group", group, sizeof group, &length) == 1, "group");
    const std::string name(group, length);
    const std::string curve = name == "prime256v1"  ? "P-256"
                              : name == "secp384r1" ? "P-384"
                              : name == "secp521r1" ? "P-521"
                                                    : name;
    return R"({"kty":"EC","crv":")" + curve + R"(","x":)" + number("qx") + R"(,"y":)" + number("qy") + more +
           "}";
  }
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  must(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size) == 1,
       "raw");
  return R"({"kty":"OKP","crv":"Ed25519","x":")" + base::to_base64url(raw) + "\"" + more + "}";
}

std::string KeyPair::digest_sign(std::string_view input, bool digest, bool pss) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  must(EVP_DigestSignInit(context, &parameters, digest ? EVP_sha256() : nullptr, nullptr, key_.get()) == 1,
       "init");
  if (pss) {
    must(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1, "padding");
    must(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1, "salt");
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
  std::size_t size = 0;
  must(EVP_DigestSign(context, nullptr, &size, bytes, input.size()) == 1, "size");
  std::string out(size, '\0');
  must(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, bytes, input.size()) == 1,
       "sign");
  EVP_MD_CTX_free(context);
  out.resize(size);
  return out;
}

std::string KeyPair::sign_der(std::string_view input) const { return digest_sign(input, true, false); }

std::string KeyPair::sign(Algorithm algorithm, std::string_view input) const {
  if (algorithm == Algorithm::kEdDsa) return digest_sign(input, false, false);
  if (algorithm != Algorithm::kEs256) return digest_sign(input, true, algorithm == Algorithm::kPs256);
  const std::string der = sign_der(input);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  must(signature != nullptr, "der");
  const int width = (EVP_PKEY_get_bits(key_.get()) + 7) / 8;
  std::string raw(static_cast<std::size_t>(2 * width), '\0');
  auto* to = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), to, width);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), to + width, width);
  ECDSA_SIG_free(signature);
  return raw;
}

std::string hmac_sha256(std::string_view secret, std::string_view input) {
  std::string out(32, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(),
       reinterpret_cast<unsigned char*>(out.data()), &size);
  return out;
}

}  // namespace freshet::access
