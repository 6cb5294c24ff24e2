#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "access/verification_key.h"
#include "base/result.h"

namespace freshet::access {

// Whether a set may hold secrets (`kty` "oct"): only one from a file, since what anybody can fetch is none.
enum class Secrets : std::uint8_t { kRefused, kAccepted };

struct JwkSet {
  std::vector<VerificationKey> keys;
  // Entries that are of no use here: another use, kind, curve or algorithm, or malformed.
  std::size_t skipped = 0;
};

// `text`: a JWK Set (RFC 7517 §5). Each entry becomes one key for each of `allowed` that it may serve: the
// one that its `alg` names, else all of its kind. An entry that is for encryption, that can't be read, or
// that holds a private key is skipped and harms no other; a set of which nothing is of use is an empty one.
// The error is `invalid_arguments`: the text is no set, or has more than kMaxJwks entries.
base::Result<JwkSet> parse_jwk_set(std::string_view text, const std::vector<Algorithm>& allowed,
                                   Secrets secrets);

inline constexpr std::size_t kMaxJwks = 100;

}  // namespace freshet::access
