#include "access/algorithm.h"

#include <array>

namespace freshet::access {
namespace {

constexpr std::array<AlgorithmInfo, kAlgorithmCount> kAlgorithms{{
    {Algorithm::kHs256, "HS256", Family::kSecret, "SHA256", 32, {}, {}, 0},
    {Algorithm::kHs384, "HS384", Family::kSecret, "SHA384", 48, {}, {}, 0},
    {Algorithm::kHs512, "HS512", Family::kSecret, "SHA512", 64, {}, {}, 0},
    {Algorithm::kRs256, "RS256", Family::kRsa, "SHA256", 32, {}, {}, 0},
    {Algorithm::kRs384, "RS384", Family::kRsa, "SHA384", 48, {}, {}, 0},
    {Algorithm::kRs512, "RS512", Family::kRsa, "SHA512", 64, {}, {}, 0},
    {Algorithm::kPs256, "PS256", Family::kRsaPss, "SHA256", 32, {}, {}, 0},
    {Algorithm::kPs384, "PS384", Family::kRsaPss, "SHA384", 48, {}, {}, 0},
    {Algorithm::kPs512, "PS512", Family::kRsaPss, "SHA512", 64, {}, {}, 0},
    {Algorithm::kEs256, "ES256", Family::kEcdsa, "SHA256", 32, "prime256v1", "P-256", 32},
    {Algorithm::kEs384, "ES384", Family::kEcdsa, "SHA384", 48, "secp384r1", "P-384", 48},
    {Algorithm::kEs512, "ES512", Family::kEcdsa, "SHA512", 64, "secp521r1", "P-521", 66},
    {Algorithm::kEdDsa, "EdDSA", Family::kEd25519, nullptr, 0, {}, "Ed25519", 0},
}};

}  // namespace

const AlgorithmInfo& info(Algorithm algorithm) { return kAlgorithms[static_cast<std::size_t>(algorithm)]; }

std::optional<Algorithm> algorithm_named(std::string_view name) {
  for (const AlgorithmInfo& one : kAlgorithms) {
    if (one.name == name) return one.algorithm;
  }
  return std::nullopt;
}

}  // namespace freshet::access
