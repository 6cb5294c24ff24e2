#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

namespace freshet::access {

enum class Algorithm : std::uint8_t { kHs256, kRs256, kPs256, kEs256, kEdDsa };

// The spelling of a token's `alg` header: HS256, RS256, PS256, ES256, EdDSA.
std::string_view name(Algorithm algorithm);
std::optional<Algorithm> algorithm_named(std::string_view name);

// One key that the gateway trusts, with the one algorithm that it is for: a token can't choose how a key is
// used, so a public key can never serve as an HMAC secret. Immutable; usable by many threads at once.
class VerificationKey {
 public:
  // `material`: for HS256 the secret's bytes (at least 32); else a PEM public key ("BEGIN PUBLIC KEY") of the
  // algorithm's kind: RSA from 2,048 bits, P-256, Ed25519. `id`: the `kid` of the tokens that it is for;
  // empty: any.
  static base::Result<VerificationKey> make(Algorithm algorithm, std::string_view material,
                                            std::string id = {});

  Algorithm algorithm() const { return algorithm_; }
  const std::string& id() const { return id_; }

  // Whether `signature`, as it stands in a JWS (ES256: r and s, 32 bytes each), is this key's over `input`.
  bool verifies(std::string_view input, std::string_view signature) const;

 private:
  VerificationKey(Algorithm algorithm, std::string id) : algorithm_(algorithm), id_(std::move(id)) {}

  Algorithm algorithm_;
  std::string id_;
  std::string secret_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace freshet::access
