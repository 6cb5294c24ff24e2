#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "access/algorithm.h"
#include "base/result.h"

struct evp_pkey_st;

namespace freshet::access {

// One key that the gateway trusts, with the one algorithm that it is for: a token can't choose how a key is
// used, so a public key can never serve as an HMAC secret. Immutable; usable by many threads at once.
class VerificationKey {
 public:
  using PublicKey = std::shared_ptr<evp_pkey_st>;

  // `material`: for HS… the secret's bytes (at least as many as the digest has); else a PEM public key
  // ("BEGIN PUBLIC KEY") of the algorithm's kind: RSA of 2,048 to 8,192 bits, P-256, P-384, P-521, Ed25519.
  // `id`: the `kid` of the tokens that it is for; empty: any. The error is `invalid_arguments` and does not
  // hold the material.
  static base::Result<VerificationKey> make(Algorithm algorithm, std::string_view material,
                                            std::string id = {});
  // The same for a public key that was read already.
  static base::Result<VerificationKey> of_public_key(Algorithm algorithm, PublicKey key, std::string id);

  Algorithm algorithm() const { return algorithm_; }
  const std::string& id() const { return id_; }

  // Whether `signature`, as it stands in a JWS (ECDSA: r and s, each of the curve's length), is this key's
  // over `input`.
  bool verifies(std::string_view input, std::string_view signature) const;

 private:
  VerificationKey(Algorithm algorithm, std::string id) : algorithm_(algorithm), id_(std::move(id)) {}

  Algorithm algorithm_;
  std::string id_;
  std::string secret_;
  PublicKey key_;
};

}  // namespace freshet::access
