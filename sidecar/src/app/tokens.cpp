#include "app/tokens.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "access/issuer_keys.h"

namespace freshet::app {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

void report(bool trouble, const std::string& line) {
  spdlog::log(trouble ? spdlog::level::warn : spdlog::level::info, "keys of tokens: {}", line);
}

Result<std::shared_ptr<access::KeyRing>> fixed_keys(const IssuerSettings& settings) {
  access::Keys keys;
  for (const KeySettings& one : settings.keys) {
    Result<access::VerificationKey> key = access::VerificationKey::make(one.algorithm, one.material, one.id);
    if (!key) return Error(ErrorCode::kInvalidArguments, settings.where + ": " + key.error().message);
    keys.push_back(*std::move(key));
  }
  return std::shared_ptr<access::KeyRing>(std::make_shared<access::FixedKeys>(std::move(keys)));
}

Result<access::RefreshedKeys::Fetch> fetch_of(const IssuerSettings& settings) {
  const std::vector<access::Algorithm>& allowed = settings.rules.algorithms;
  if (!settings.jwks_file.empty()) {
    access::RefreshedKeys::Fetch fetch = access::keys_of_file(settings.jwks_file, allowed);
    // Unlike an issuer, a file is not expected to come back by itself.
    const Result<access::FetchedKeys> now = fetch(std::atomic<bool>(false));
    if (!now || now->keys.empty()) {
      return Error(ErrorCode::kInvalidArguments,
                   settings.where + ": " + (now ? now->remark : now.error().message));
    }
    return fetch;
  }
  if (settings.discovery)
    return access::keys_of_discovery(settings.rules.issuers.front(), settings.ca_file, allowed);
  Result<access::KeyUrl> url = access::parse_key_url(settings.jwks_url);
  if (!url) return Error(ErrorCode::kInvalidArguments, settings.where + ": " + url.error().message);
  return access::keys_of_url(*std::move(url), settings.ca_file, allowed);
}

}  // namespace

Result<std::unique_ptr<Tokens>> Tokens::make(const std::vector<IssuerSettings>& all,
                                             const base::Clock& clock) {
  std::unique_ptr<Tokens> tokens(new Tokens());
  std::vector<access::Issuer> issuers;
  for (const IssuerSettings& settings : all) {
    if (!settings.keys.empty()) {
      Result<std::shared_ptr<access::KeyRing>> keys = fixed_keys(settings);
      if (!keys) return std::move(keys).error();
      issuers.push_back({settings.rules, *std::move(keys)});
      continue;
    }
    Result<access::RefreshedKeys::Fetch> fetch = fetch_of(settings);
    if (!fetch) return std::move(fetch).error();
    tokens->refreshed_.push_back(std::make_shared<access::RefreshedKeys>(*std::move(fetch), report, clock));
    issuers.push_back({settings.rules, tokens->refreshed_.back()});
  }
  if (!issuers.empty()) tokens->verifier_.emplace(std::move(issuers));
  return tokens;
}

void Tokens::start() {
  for (const auto& keys : refreshed_) keys->start();
}

void Tokens::stop() {
  for (const auto& keys : refreshed_) keys->stop();
}

}  // namespace freshet::app
