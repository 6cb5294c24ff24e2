#include "access/token_verifier.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/raw_json.h"

namespace freshet::access {
namespace {

base::Error invalid() {
  return base::Error(base::ErrorCode::kUnauthenticated, "the token is not valid", R"({"reason":"invalid"})");
}
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
    } else if (!equals_ignoring_case(*value, "JWT") && !equals_ignoring_case(*value, "at+jwt")) {
      return std::nullopt;
    }
  }
  if (!algorithm) return std::nullopt;
  return Header{*algorithm, std::move(key_id)};
}

std::string principal(const Claims& claims) {
  const auto text = [](const std::optional<std::string>& claim) {
    return claim ? base::json_string(*claim) : "null";
  };
  return "[" + text(claims.issuer) + "," + text(claims.subject) + "]";
}

}  // namespace

TokenVerifier::TokenVerifier(std::vector<VerificationKey> keys, TokenRules rules)
    : keys_(std::move(keys)), rules_(std::move(rules)) {}

bool TokenVerifier::signed_by_trusted_key(std::string_view header_text, std::string_view input,
                                          std::string_view signature) const {
  const std::optional<Header> header = parse_header(header_text);
  if (!header) return false;
  return std::any_of(keys_.begin(), keys_.end(), [&](const VerificationKey& key) {
    const bool meant = key.id().empty() || !header->key_id || key.id() == *header->key_id;
    return meant && key.algorithm() == header->algorithm && key.verifies(input, signature);
  });
}

base::Result<IdentityPtr> TokenVerifier::verify(std::string_view token, WallTime now) const {
  if (token.size() > rules_.max_bytes) return invalid();
  const std::optional<Parts> parts = split(token);
  if (!parts || !signed_by_trusted_key(parts->header, parts->input, parts->signature)) return invalid();

  base::Result<Claims> claims = parse_claims(parts->payload);
  if (!claims) return invalid();
  if (!rules_.issuer.empty() && claims->issuer != rules_.issuer) return invalid();
  if (!rules_.audience.empty() &&
      (!claims->audience || std::find(claims->audience->begin(), claims->audience->end(), rules_.audience) ==
                                claims->audience->end())) {
    return invalid();
  }
  if (claims->subject ? claims->subject->empty() : rules_.require_subject) return invalid();
  if (!claims->expires && rules_.require_expiry) return invalid();
  if (claims->expires && now >= *claims->expires + std::min(rules_.leeway, kExpiryGrace)) return expired();
  if (claims->not_before && now + rules_.leeway < *claims->not_before) return not_yet_valid();
  if (claims->issued_at && now + rules_.leeway < *claims->issued_at) return not_yet_valid();

  auto identity = std::make_shared<Identity>();
  identity->principal = principal(*claims);
  identity->claims = std::move(claims->canonical);
  identity->expires = claims->expires;
  return IdentityPtr(std::move(identity));
}

}  // namespace freshet::access
