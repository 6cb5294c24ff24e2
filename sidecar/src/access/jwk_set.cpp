#include "access/jwk_set.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/encoding.h"
#include "base/raw_json.h"

namespace freshet::access {
namespace {

constexpr std::size_t kMaxKeyIdBytes = 256;
constexpr std::size_t kMaxRsaBytes = 1024;
constexpr std::size_t kMaxExponentBytes = 8;
constexpr std::size_t kEd25519Bytes = 32;

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Number = std::unique_ptr<BIGNUM, Freeing<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freeing<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freeing<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freeing<EVP_PKEY_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// One entry of the set, by member. Absent members are empty.
struct Entry {
  std::string kty, use, alg, kid, crv, n, e, x, y, k;
  std::optional<std::vector<std::string>> operations;
  bool is_private = false;
};

// nullopt: a member that matters has another type than RFC 7517 and 7518 give it.
std::optional<Entry> read_entry(std::string_view json) {
  if (base::json_kind(json) != base::JsonKind::kObject) return std::nullopt;
  Entry entry;
  const std::pair<std::string_view, std::string*> texts[] = {
      {"kty", &entry.kty}, {"use", &entry.use}, {"alg", &entry.alg}, {"kid", &entry.kid}, {"crv", &entry.crv},
      {"n", &entry.n},     {"e", &entry.e},     {"x", &entry.x},     {"y", &entry.y},     {"k", &entry.k}};
  for (const base::JsonMember& member : base::trusted_object_members(json)) {
    for (const auto& [key, into] : texts) {
      if (member.key != key) continue;
      if (base::json_kind(member.value) != base::JsonKind::kString) return std::nullopt;
      base::Result<std::string> text = base::parse_json_string(member.value);
      if (!text) return std::nullopt;
      *into = *std::move(text);
    }
    if (member.key == "d") entry.is_private = true;
    if (member.key == "key_ops") {
      if (base::json_kind(member.value) != base::JsonKind::kArray) return std::nullopt;
      entry.operations.emplace();
      for (const std::string_view element : base::trusted_array_elements(member.value)) {
        if (base::json_kind(element) != base::JsonKind::kString) return std::nullopt;
        base::Result<std::string> text = base::parse_json_string(element);
        if (!text) return std::nullopt;
        entry.operations->push_back(*std::move(text));
      }
    }
  }
  if (entry.kid.size() > kMaxKeyIdBytes) return std::nullopt;
  return entry;
}

bool is_for_signatures(const Entry& entry) {
  if (!entry.use.empty() && entry.use != "sig") return false;
  return !entry.operations ||
         std::find(entry.operations->begin(), entry.operations->end(), "verify") != entry.operations->end();
}

VerificationKey::PublicKey public_key(const char* kind, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  VerificationKey::PublicKey owned(key, EVP_PKEY_free);
  const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return check && EVP_PKEY_public_check(check.get()) == 1 ? owned : nullptr;
}

VerificationKey::PublicKey rsa_key(const Entry& entry) {
  const base::Result<std::string> n = base::from_base64url(entry.n);
  const base::Result<std::string> e = base::from_base64url(entry.e);
  if (!n || !e || n->empty() || e->empty() || n->size() > kMaxRsaBytes || e->size() > kMaxExponentBytes)
    return nullptr;
  const Number modulus(BN_bin2bn(bytes_of(*n), static_cast<int>(n->size()), nullptr));
  const Number exponent(BN_bin2bn(bytes_of(*e), static_cast<int>(e->size()), nullptr));
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder) return nullptr;
  // With the exponent 1 every text signs itself.
  if (BN_is_odd(exponent.get()) == 0 || BN_is_one(exponent.get()) != 0) return nullptr;
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return nullptr;
  }
  return public_key("RSA", builder.get());
}

VerificationKey::PublicKey ec_key(const Entry& entry, const AlgorithmInfo& algorithm) {
  const base::Result<std::string> x = base::from_base64url(entry.x);
  const base::Result<std::string> y = base::from_base64url(entry.y);
  const auto length = static_cast<std::size_t>(algorithm.coordinate_bytes);
  if (entry.crv != algorithm.jwk_curve || !x || !y || x->size() != length || y->size() != length)
    return nullptr;
  const std::string point = "\x04" + *x + *y;
  const std::string curve(algorithm.curve);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.c_str(), 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1) {
    return nullptr;
  }
  return public_key("EC", builder.get());
}

VerificationKey::PublicKey ed25519_key(const Entry& entry) {
  const base::Result<std::string> x = base::from_base64url(entry.x);
  if (entry.crv != "Ed25519" || !x || x->size() != kEd25519Bytes) return nullptr;
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size());
  return key == nullptr ? nullptr : VerificationKey::PublicKey(key, EVP_PKEY_free);
}

std::string_view kty_of(Family family) {
  switch (family) {
    case Family::kSecret:
      return "oct";
    case Family::kEcdsa:
      return "EC";
    case Family::kEd25519:
      return "OKP";
    case Family::kRsa:
    case Family::kRsaPss:
      break;
  }
  return "RSA";
}

std::optional<VerificationKey> key_of(const Entry& entry, const AlgorithmInfo& algorithm) {
  if (algorithm.family == Family::kSecret) {
    const base::Result<std::string> secret = base::from_base64url(entry.k);
    if (!secret) return std::nullopt;
    base::Result<VerificationKey> key = VerificationKey::make(algorithm.algorithm, *secret, entry.kid);
    return key ? std::optional(*std::move(key)) : std::nullopt;
  }
  if (entry.is_private) return std::nullopt;
  VerificationKey::PublicKey read = algorithm.family == Family::kEcdsa     ? ec_key(entry, algorithm)
                                    : algorithm.family == Family::kEd25519 ? ed25519_key(entry)
                                                                           : rsa_key(entry);
  ERR_clear_error();
  if (!read) return std::nullopt;
  base::Result<VerificationKey> key =
      VerificationKey::of_public_key(algorithm.algorithm, std::move(read), entry.kid);
  return key ? std::optional(*std::move(key)) : std::nullopt;
}

// RFC 9864 gives EdDSA with this curve a name of its own.
bool serves(const Entry& entry, const AlgorithmInfo& algorithm) {
  if (entry.kty != kty_of(algorithm.family)) return false;
  return entry.alg.empty() || entry.alg == algorithm.name ||
         (algorithm.algorithm == Algorithm::kEdDsa && entry.alg == "Ed25519");
}

base::Error refused(std::string why) {
  return base::Error(base::ErrorCode::kInvalidArguments, std::move(why));
}

std::optional<std::string_view> keys_member(std::string_view text) {
  const base::Result<std::vector<base::JsonMember>> members = base::object_members(text);
  if (!members) return std::nullopt;
  for (const base::JsonMember& member : *members) {
    if (member.key == "keys" && base::json_kind(member.value) == base::JsonKind::kArray) return member.value;
  }
  return std::nullopt;
}

}  // namespace

base::Result<JwkSet> parse_jwk_set(std::string_view text, const std::vector<Algorithm>& allowed,
                                   Secrets secrets) {
  const std::optional<std::string_view> array = keys_member(text);
  if (!array) return refused("not a JWK Set: expected an object with an array `keys`");
  const std::vector<std::string_view> entries = base::trusted_array_elements(*array);
  if (entries.size() > kMaxJwks)
    return refused("the JWK Set has more than " + std::to_string(kMaxJwks) + " keys");
  JwkSet set;
  for (const std::string_view json : entries) {
    const std::size_t before = set.keys.size();
    const std::optional<Entry> entry = read_entry(json);
    for (const Algorithm one : allowed) {
      const AlgorithmInfo& algorithm = info(one);
      if (!entry || !is_for_signatures(*entry) || !serves(*entry, algorithm)) continue;
      if (algorithm.family == Family::kSecret && secrets == Secrets::kRefused) continue;
      if (std::optional<VerificationKey> key = key_of(*entry, algorithm)) set.keys.push_back(*std::move(key));
    }
    if (set.keys.size() == before) ++set.skipped;
  }
  return set;
}

}  // namespace freshet::access
