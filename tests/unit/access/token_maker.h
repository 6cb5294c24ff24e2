#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "access/token_verifier.h"
#include "base/encoding.h"

namespace freshet::access {

// A key pair made for one test run, and what an issuer would do with it.
class KeyPair {
 public:
  static KeyPair rsa(int bits = 2048);
  static KeyPair ec(const char* curve = "P-256");
  static KeyPair ed25519();

  std::string public_pem() const;
  std::string private_pem() const;
  // The public key as a JWK, with these members (`"kid":"a"`) beside its own.
  std::string jwk(const std::string& members = "") const;
  // As in a JWS: ECDSA raw.
  std::string sign(Algorithm algorithm, std::string_view input) const;
  // As OpenSSL writes it: ECDSA in DER.
  std::string sign_der(std::string_view input) const;

 private:
  explicit KeyPair(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}
  std::string digest_sign(std::string_view input, bool digest, bool pss) const;

  std::shared_ptr<EVP_PKEY> key_;
};

std::string hmac_sha256(std::string_view secret, std::string_view input);

inline std::string signing_input(std::string_view header, std::string_view payload) {
  return base::to_base64url(header) + "." + base::to_base64url(payload);
}

inline std::string joined(const std::string& input, std::string_view signature) {
  return input + "." + base::to_base64url(signature);
}

}  // namespace freshet::access
