#include "access/issuer_keys.h"

#include <fstream>
#include <utility>

#include "access/http_get.h"
#include "base/raw_json.h"

namespace freshet::access {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

// A file is cheap to read: what replaces it is in use after this long at most.
constexpr std::chrono::seconds kFileLifetime{60};

Result<FetchedKeys> keys_in(const std::string& where, const Page& page, const std::vector<Algorithm>& allowed,
                            Secrets secrets) {
  Result<JwkSet> set = parse_jwk_set(page.body, allowed, secrets);
  if (!set) return Error(ErrorCode::kOverloaded, where + ": " + set.error().message);
  FetchedKeys fetched;
  fetched.keys = std::move(set->keys);
  fetched.max_age = page.max_age;
  if (fetched.keys.empty()) {
    fetched.remark = where + ": none of its " + std::to_string(set->skipped) +
                     " keys is of use: expected public keys for signatures of an allowed algorithm";
  }
  return fetched;
}

// The text of the member `name`, if it has one.
std::optional<std::string> text_member(const std::vector<base::JsonMember>& members, std::string_view name) {
  for (const base::JsonMember& member : members) {
    if (member.key != name || base::json_kind(member.value) != base::JsonKind::kString) continue;
    Result<std::string> text = base::parse_json_string(member.value);
    if (text) return *std::move(text);
  }
  return std::nullopt;
}

Result<KeyUrl> jwks_uri(const KeyUrl& document, const std::string& issuer, const Page& page) {
  const auto wrong = [&](const std::string& why) {
    return Error(ErrorCode::kOverloaded, document.shown + ": " + why);
  };
  const Result<std::vector<base::JsonMember>> members = base::object_members(page.body);
  if (!members) return wrong("not a JSON object");
  if (text_member(*members, "issuer") != issuer)
    return wrong("its `issuer` is not the one that was configured");
  const std::optional<std::string> uri = text_member(*members, "jwks_uri");
  if (!uri) return wrong("it has no `jwks_uri`");
  Result<KeyUrl> url = parse_key_url(*uri);
  if (!url) return wrong("its `jwks_uri`: " + url.error().message);
  // An issuer elsewhere has no business with what listens on this machine.
  if (url->loopback && !document.loopback) return wrong("its `jwks_uri` leads to this machine");
  return url;
}

}  // namespace

RefreshedKeys::Fetch keys_of_file(std::string path, std::vector<Algorithm> allowed) {
  return [path = std::move(path),
          allowed = std::move(allowed)](const std::atomic<bool>&) -> Result<FetchedKeys> {
    std::ifstream file(path, std::ios::binary);
    Page page;
    page.body.resize(kMaxPageBytes + 1);
    file.read(page.body.data(), static_cast<std::streamsize>(page.body.size()));
    if (file.bad() || !file.is_open()) return Error(ErrorCode::kOverloaded, path + " can't be read");
    page.body.resize(static_cast<std::size_t>(file.gcount()));
    if (page.body.size() > kMaxPageBytes) {
      return Error(ErrorCode::kOverloaded, path + ": more than " + std::to_string(kMaxPageBytes) + " bytes");
    }
    page.max_age = kFileLifetime;
    return keys_in(path, page, allowed, Secrets::kAccepted);
  };
}

RefreshedKeys::Fetch keys_of_url(KeyUrl url, std::string ca_file, std::vector<Algorithm> allowed) {
  return [url = std::move(url), ca_file = std::move(ca_file),
          allowed = std::move(allowed)](const std::atomic<bool>& stopping) -> Result<FetchedKeys> {
    Result<Page> page = http_get(url, ca_file, stopping);
    if (!page) return std::move(page).error();
    return keys_in(url.shown, *page, allowed, Secrets::kRefused);
  };
}

Result<KeyUrl> discovery_url(const std::string& issuer) {
  std::string text = issuer;
  if (text.ends_with('/')) text.pop_back();
  if (text.find('?') != std::string::npos) return Error(ErrorCode::kInvalidArguments, "it has a query");
  return parse_key_url(text + "/.well-known/openid-configuration");
}

RefreshedKeys::Fetch keys_of_discovery(std::string issuer, std::string ca_file,
                                       std::vector<Algorithm> allowed) {
  return [issuer = std::move(issuer), ca_file = std::move(ca_file),
          allowed = std::move(allowed)](const std::atomic<bool>& stopping) -> Result<FetchedKeys> {
    const Result<KeyUrl> document = discovery_url(issuer);
    if (!document) return document.error();
    const Result<Page> described = http_get(*document, ca_file, stopping);
    if (!described) return described.error();
    const Result<KeyUrl> url = jwks_uri(*document, issuer, *described);
    if (!url) return url.error();
    Result<Page> page = http_get(*url, ca_file, stopping);
    if (!page) return std::move(page).error();
    return keys_in(url->shown, *page, allowed, Secrets::kRefused);
  };
}

}  // namespace freshet::access
