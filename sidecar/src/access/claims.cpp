#include "access/claims.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/canonical_json.h"

namespace freshet::access {
namespace {

constexpr double kLastSecond = 253402300799.0;
// The clock counts nanoseconds and ends in 2262; what is later than this counts as this.
constexpr double kFarFuture = 7258118400.0;

base::Error malformed(const std::string& claim) {
  return base::Error(base::ErrorCode::kUnauthenticated, "the claim " + claim + " is malformed");
}

std::optional<std::string> text_claim(std::string_view value) {
  if (base::json_kind(value) != base::JsonKind::kString) return std::nullopt;
  base::Result<std::string> text = base::parse_json_string(value);
  if (!text) return std::nullopt;
  return *std::move(text);
}

// NumericDate: seconds, possibly with a fraction, which is cut to microseconds.
std::optional<WallTime> instant_claim(std::string_view value) {
  if (base::json_kind(value) != base::JsonKind::kNumber) return std::nullopt;
  double seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  if (!std::isfinite(seconds) || std::signbit(seconds) || seconds > kLastSecond) return std::nullopt;
  return WallTime(std::chrono::microseconds(static_cast<std::int64_t>(std::min(seconds, kFarFuture) * 1e6)));
}

std::optional<std::vector<std::string>> audience_claim(std::string_view value) {
  if (std::optional<std::string> one = text_claim(value)) return std::vector<std::string>{*std::move(one)};
  if (base::json_kind(value) != base::JsonKind::kArray) return std::nullopt;
  std::vector<std::string> all;
  for (const std::string_view element : base::trusted_array_elements(value)) {
    std::optional<std::string> one = text_claim(element);
    if (!one) return std::nullopt;
    all.push_back(*std::move(one));
  }
  return all;
}

}  // namespace

base::Result<Claims> parse_claims(std::string_view payload) {
  base::Result<std::vector<base::JsonMember>> members = base::object_members(payload);
  if (!members) return std::move(members).error();
  Claims claims;
  for (const base::JsonMember& member : *members) {
    bool good = true;
    const auto keep = [&](auto parsed, auto& into) {
      good = parsed.has_value();
      into = std::move(parsed);
    };
    if (member.key == "iss") keep(text_claim(member.value), claims.issuer);
    if (member.key == "sub") keep(text_claim(member.value), claims.subject);
    if (member.key == "aud") keep(audience_claim(member.value), claims.audience);
    if (member.key == "exp") keep(instant_claim(member.value), claims.expires);
    if (member.key == "nbf") keep(instant_claim(member.value), claims.not_before);
    if (member.key == "iat") keep(instant_claim(member.value), claims.issued_at);
    if (!good) return malformed(member.key);
  }
  base::Result<std::string> canonical = base::canonical_json(payload);
  if (!canonical) return std::move(canonical).error();
  claims.canonical = *std::move(canonical);
  return claims;
}

std::string principal(const Claims& claims) {
  const auto text = [](const std::optional<std::string>& claim) {
    return claim ? base::json_string(*claim) : "null";
  };
  return "[" + text(claims.issuer) + "," + text(claims.subject) + "]";
}

}  // namespace freshet::access
