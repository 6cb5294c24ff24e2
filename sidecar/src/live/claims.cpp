#include "live/claims.h"

#include "base/canonical_json.h"
#include "base/raw_json.h"
#include "live/mutant.h"

namespace freshet::live {
namespace {

// What a token has anew each time it is issued (DESIGN §3): no part of who somebody is.
bool per_token(std::string_view name) {
  return name == "exp" || name == "iat" || name == "nbf" || name == "jti";
}

}  // namespace

base::Result<std::shared_ptr<const Claims>> Claims::parse(std::string_view json) {
  auto canonical = base::canonical_json(json);
  if (!canonical.ok()) return canonical.error();
  if (*canonical == "null") return anonymous();
  if (base::json_kind(*canonical) != base::JsonKind::kObject)
    return base::Error(base::ErrorCode::kUnauthenticated, "the identity is not an object of claims");
  auto claims = std::make_shared<Claims>();
  std::string whole;
  std::string json_text;
  const auto append = [](std::string& out, const base::JsonMember& member) {
    out += out.empty() ? '{' : ',';
    base::append_json_string(out, member.key);
    out += ':';
    out += member.value;
  };
  for (const base::JsonMember& member : base::trusted_object_members(*canonical)) {
    if (member.value == "null") continue;
    append(json_text, member);
    if (!per_token(member.key)) append(whole, member);
    claims->values_.emplace(member.key, std::string(member.value));
  }
  claims->json_ = json_text.empty() ? "{}" : json_text + '}';
  claims->whole_ = whole.empty() ? "{}" : whole + '}';
  return std::shared_ptr<const Claims>(std::move(claims));
}

std::shared_ptr<const Claims> Claims::anonymous() {
  static const auto nobody = std::make_shared<const Claims>();
  return nobody;
}

std::string_view Claims::value(std::string_view name) const {
  if (name == kWhole) return whole_;
  const auto at = values_.find(name);
  return at == values_.end() ? std::string_view("null") : std::string_view(at->second);
}

base::Result<ClaimsRead> ClaimsRead::parse(std::string_view json) {
  auto canonical = base::canonical_json(json);
  if (!canonical.ok()) return canonical.error();
  if (base::json_kind(*canonical) != base::JsonKind::kObject)
    return base::Error(base::ErrorCode::kInternal, "malformed claims from the database");
  ClaimsRead read;
  for (base::JsonMember& member : base::trusted_object_members(*canonical)) {
    read.names_.push_back(std::move(member.key));
    // An absent claim and a null one are the same; of the whole identity, what comes with every token is no
    // part.
    if (read.names_.back() == Claims::kWhole && member.value != "null") {
      auto whole = Claims::parse(member.value);
      if (!whole.ok()) return whole.error();
      read.values_.emplace_back((*whole)->value(Claims::kWhole));
    } else {
      read.values_.emplace_back(member.value);
    }
  }
  return read;
}

ClaimsRead ClaimsRead::of(const std::vector<std::string>& names, const Claims& claims) {
  ClaimsRead read;
  read.names_ = names;
  for (const std::string& name : names) read.values_.emplace_back(claims.value(name));
  return read;
}

bool ClaimsRead::match(const Claims& claims) const {
  if (mutant::kClaimsUnchecked) return true;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (claims.value(names_[i]) != values_[i]) return false;
  }
  return true;
}

}  // namespace freshet::live
