#include "access/token_verifier.h"

#include <algorithm>
#include <utility>

#include "access/mutant.h"
#include "base/encoding.h"
#include "base/raw_json.h"

namespace freshet::access {
namespace {

// How often keys are read again for one token: the reading that goes on when it comes may have begun before
// its key was published.
constexpr int kReadings = 2;

base::Error expired() {
  return base::Error(base::ErrorCode::kUnauthenticated, "the token has expired", R"({"reason":"expired"})");
}
base::Error not_yet_valid() {
  return base::Error(base::ErrorCode::kUnauthenticated, "the token is not valid yet",
                     R"({"reason":"not_yet_valid"})");
}

struct Parts {
  std::string_view input;
  std::string header;
  std::string payload;
  std::string signature;
};

std::optional<Parts> split(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  base::Result<std::string> header = base::from_base64url(token.substr(0, first));
  base::Result<std::string> payload = base::from_base64url(token.substr(first + 1, second - first - 1));
  base::Result<std::string> signature = base::from_base64url(token.substr(second + 1));
  if (!header || !payload || !signature || signature->empty()) return std::nullopt;
  return Parts{token.substr(0, second), *std::move(header), *std::move(payload), *std::move(signature)};
}

struct Header {
  Algorithm algorithm;
  std::optional<std::string> key_id;
  std::optional<std::string> type;
};

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<Header> parse_header(std::string_view text) {
  const base::Result<std::vector<base::JsonMember>> members = base::object_members(text);
  if (!members) return std::nullopt;
  std::optional<Algorithm> algorithm;
  std::optional<std::string> key_id;
  std::optional<std::string> type;
  for (const base::JsonMember& member : *members) {
    if (member.key == "crit" || member.key == "b64" || member.key == "zip" || member.key == "enc")
      return std::nullopt;
    if (member.key != "alg" && member.key != "kid" && member.key != "typ") continue;
    if (base::json_kind(member.value) != base::JsonKind::kString) return std::nullopt;
    base::Result<std::string> value = base::parse_json_string(member.value);
    if (!value) return std::nullopt;
    if (member.key == "alg") {
      algorithm = algorithm_named(*value);
    } else if (member.key == "kid") {
      key_id = *std::move(value);
    } else {
      type = *std::move(value);
    }
  }
  if (!algorithm) return std::nullopt;
  return Header{*algorithm, std::move(key_id), std::move(type)};
}

bool is_listed_type(const std::vector<std::string>& types, std::string_view type) {
  constexpr std::string_view kPrefix = "application/";
  if (type.size() > kPrefix.size() && equals_ignoring_case(type.substr(0, kPrefix.size()), kPrefix))
    type.remove_prefix(kPrefix.size());
  return std::any_of(types.begin(), types.end(),
                     [&](const std::string& one) { return equals_ignoring_case(one, type); });
}

bool type_fits(const TokenRules& rules, const std::optional<std::string>& type) {
  static const std::vector<std::string> usual{"JWT", "at+jwt"};
  if (rules.types.empty()) return !type || is_listed_type(usual, *type);
  return type && is_listed_type(rules.types, *type);
}

template <class T>
bool listed(const std::vector<T>& list, const T& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

enum class Signature : std::uint8_t { kGood, kBad, kUnknownKey };

// kUnknownKey: it names a key that is not there; or none, and no key there is has made it.
Signature check_signature(const Keys& keys, const Header& header, const Parts& parts) {
  bool known = false;
  for (const VerificationKey& key : keys) {
    if (!key.id().empty() && header.key_id && key.id() != *header.key_id) continue;
    if (key.algorithm() != header.algorithm && !mutant::kKeyAlgorithmUnchecked) continue;
    known = known || (header.key_id && !key.id().empty());
    if (key.verifies(parts.input, parts.signature)) return Signature::kGood;
  }
  return known ? Signature::kBad : Signature::kUnknownKey;
}

std::optional<base::Error> broken_rule(const TokenRules& rules, const Claims& claims, WallTime now) {
  const auto named = [&](const std::string& audience) {
    return claims.audience && listed(*claims.audience, audience);
  };
  if (!rules.audiences.empty() && !mutant::kAudienceUnchecked &&
      std::none_of(rules.audiences.begin(), rules.audiences.end(), named)) {
    return invalid_token();
  }
  if (claims.subject ? claims.subject->empty() : rules.require_subject) return invalid_token();
  if (!claims.expires && rules.require_expiry) return invalid_token();
  if (claims.expires && now >= *claims.expires + std::min(rules.leeway, kExpiryGrace)) return expired();
  if (claims.not_before && now + rules.leeway < *claims.not_before) return not_yet_valid();
  if (claims.issued_at && now + rules.leeway < *claims.issued_at) return not_yet_valid();
  return std::nullopt;
}

bool is_of(const Issuer& issuer, const Claims& claims) {
  return issuer.rules.issuers.empty() || mutant::kIssuerOfAnotherKey ||
         (claims.issuer && listed(issuer.rules.issuers, *claims.issuer));
}

}  // namespace

base::Error invalid_token() {
  return base::Error(base::ErrorCode::kUnauthenticated, "the token is not valid", R"({"reason":"invalid"})");
}

// `issuer`: whose keys should be read again, since they may hold the one that is missing; null: that would
// not help. `seen`: the keys that were looked at.
struct TokenVerifier::Verdict {
  Authenticated result;
  const Issuer* issuer = nullptr;
  std::shared_ptr<const Keys> seen;
};

TokenVerifier::TokenVerifier(std::vector<Issuer> issuers) : issuers_(std::move(issuers)) {}

TokenVerifier::TokenVerifier(std::vector<VerificationKey> keys, TokenRules rules)
    : issuers_{{std::move(rules), std::make_shared<FixedKeys>(std::move(keys))}} {}

TokenVerifier::Verdict TokenVerifier::judge(std::string_view token, WallTime now) const {
  Verdict verdict{invalid_token(), nullptr, nullptr};
  if (token.size() > kMaxTokenBytes) return verdict;
  const std::optional<Parts> parts = split(token);
  if (!parts) return verdict;
  const std::optional<Header> header = parse_header(parts->header);
  if (!header) return verdict;
  base::Result<Claims> claims = parse_claims(parts->payload);
  if (!claims) return verdict;
  for (const Issuer& issuer : issuers_) {
    const TokenRules& rules = issuer.rules;
    if (!is_of(issuer, *claims) || !type_fits(rules, header->type)) continue;
    if (!rules.algorithms.empty() && !listed(rules.algorithms, header->algorithm)) continue;
    std::shared_ptr<const Keys> keys = issuer.keys->current();
    const Signature signature =
        keys == nullptr ? Signature::kUnknownKey : check_signature(*keys, *header, *parts);
    if (signature == Signature::kUnknownKey && verdict.issuer == nullptr) {
      if (keys == nullptr) {
        verdict.result =
            base::Error(base::ErrorCode::kOverloaded, "the keys of the token's issuer can't be read now");
      }
      verdict.issuer = &issuer;
      verdict.seen = std::move(keys);
    }
    if (signature != Signature::kGood) continue;
    verdict.issuer = nullptr;
    if (std::optional<base::Error> error = broken_rule(rules, *claims, now)) {
      verdict.result = *std::move(error);
      return verdict;
    }
    auto identity = std::make_shared<Identity>();
    identity->principal = principal(*claims);
    identity->claims = std::move(claims->canonical);
    identity->expires = claims->expires;
    verdict.result = IdentityPtr(std::move(identity));
    return verdict;
  }
  return verdict;
}

Authenticated TokenVerifier::verify(std::string_view token, WallTime now) const {
  return judge(token, now).result;
}

std::optional<Authenticated> TokenVerifier::authenticate(std::string_view token, WallTime now,
                                                         std::function<void(Authenticated)> later) {
  return attempt(token, now, std::move(later), kReadings);
}

std::optional<Authenticated> TokenVerifier::attempt(std::string_view token, WallTime now,
                                                    std::function<void(Authenticated)> later,
                                                    int readings) const {
  for (;; --readings) {
    Verdict verdict = judge(token, now);
    if (verdict.issuer == nullptr || readings == 0) return std::move(verdict.result);
    const Newer newer =
        verdict.issuer->keys->refresh(verdict.seen, [this, token = std::string(token), now, later, readings] {
          if (std::optional<Authenticated> result = attempt(token, now, later, readings - 1))
            later(*std::move(result));
        });
    if (newer == Newer::kNone) return std::move(verdict.result);
    if (newer == Newer::kComing) return std::nullopt;
  }
}

}  // namespace freshet::access
