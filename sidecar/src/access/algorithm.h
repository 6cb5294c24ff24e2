#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace freshet::access {

// The signatures that a token may have. There is no "none".
enum class Algorithm : std::uint8_t {
  kHs256,
  kHs384,
  kHs512,
  kRs256,
  kRs384,
  kRs512,
  kPs256,
  kPs384,
  kPs512,
  kEs256,
  kEs384,
  kEs512,
  kEdDsa,
};

// What kind of key an algorithm takes.
enum class Family : std::uint8_t { kSecret, kRsa, kRsaPss, kEcdsa, kEd25519 };

struct AlgorithmInfo {
  Algorithm algorithm;
  std::string_view name;  // as a token's `alg` spells it
  Family family;
  const char* digest;          // OpenSSL's name; null: the signature has its own
  int digest_bytes;            // also the least length of a secret
  std::string_view curve;      // ECDSA: OpenSSL's name of the group
  std::string_view jwk_curve;  // `crv` of a JWK
  int coordinate_bytes;        // ECDSA: of r, of s, and of a point's coordinates
};

const AlgorithmInfo& info(Algorithm algorithm);
inline std::string_view name(Algorithm algorithm) { return info(algorithm).name; }
// Exactly as spelled in RFC 7518 and RFC 8037.
std::optional<Algorithm> algorithm_named(std::string_view name);

// Every algorithm, and how they are listed in messages.
inline constexpr std::size_t kAlgorithmCount = static_cast<std::size_t>(Algorithm::kEdDsa) + 1;
inline constexpr std::string_view kAlgorithmNames =
    "HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA";

}  // namespace freshet::access
