#include "app/issuer_settings.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "access/issuer_keys.h"
#include "app/settings.h"
#include "base/raw_json.h"

namespace freshet::app {
namespace {

using base::Error;
using base::JsonKind;
using base::Result;

Error wrong(const std::string& where, const std::string& why) {
  return Error(base::ErrorCode::kInvalidArguments, where + ": " + why);
}

Result<std::string> file_text(const std::string& where, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) return wrong(where, path + " can't be read");
  return text;
}

// A secret typed into a file usually ends in a line break that is no part of it.
Result<std::string> key_text(const std::string& where, const std::string& path) {
  Result<std::string> text = file_text(where, path);
  while (text && !text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  return text;
}

Result<access::Algorithm> algorithm_of(const std::string& where, const std::string& name) {
  const std::optional<access::Algorithm> algorithm = access::algorithm_named(name);
  if (algorithm) return *algorithm;
  return wrong(where, "expected " + std::string(access::kAlgorithmNames));
}

Result<std::vector<access::Algorithm>> algorithms_of(const std::string& where,
                                                     const std::vector<std::string>& names) {
  std::vector<access::Algorithm> algorithms;
  for (const std::string& name : names) {
    const Result<access::Algorithm> algorithm = algorithm_of(where, name);
    if (!algorithm) return algorithm.error();
    algorithms.push_back(*algorithm);
  }
  return algorithms;
}

bool is_secret(access::Algorithm algorithm) {
  return access::info(algorithm).family == access::Family::kSecret;
}

// A file without a certificate would trust nobody, which shows only when the keys are read.
Result<void> check_authorities(const std::string& where, const std::string& path) {
  const Result<std::string> text = file_text(where, path);
  if (!text) return text.error();
  if (text->find(" CERTIFICATE-----") == std::string::npos)
    return wrong(where, "ca_file: " + path + " holds no PEM certificate (BEGIN CERTIFICATE)");
  return {};
}

// What can't be said by one member alone; then what follows from it.
Result<IssuerSettings> completed(IssuerSettings issuer) {
  access::TokenRules& rules = issuer.rules;
  const int sources = (issuer.keys.empty() ? 0 : 1) + (issuer.jwks_file.empty() ? 0 : 1) +
                      (issuer.jwks_url.empty() ? 0 : 1) + (issuer.discovery ? 1 : 0);
  if (sources != 1)
    return wrong(issuer.where,
                 "say where its keys are by exactly one of keys, jwks_file, jwks_url and discovery");
  const bool remote = issuer.discovery || !issuer.jwks_url.empty();
  if (remote && rules.issuers.empty())
    return wrong(issuer.where, "with jwks_url and discovery `issuer` is needed");
  if (issuer.discovery && rules.issuers.size() != 1)
    return wrong(issuer.where, "discovery is of one issuer: `issuer` names several");
  if (remote && std::any_of(rules.algorithms.begin(), rules.algorithms.end(), is_secret))
    return wrong(issuer.where,
                 "HS256, HS384 and HS512 take a secret: what an address answers to everybody is none");
  const Result<access::KeyUrl> url = issuer.discovery          ? access::discovery_url(rules.issuers.front())
                                     : issuer.jwks_url.empty() ? access::KeyUrl()
                                                               : access::parse_key_url(issuer.jwks_url);
  if (!url) return wrong(issuer.where, (issuer.discovery ? "issuer: " : "jwks_url: ") + url.error().message);
  if (!issuer.ca_file.empty() && !remote)
    return wrong(issuer.where, "ca_file is for the addresses of jwks_url and discovery");
  if (!issuer.ca_file.empty()) {
    if (Result<void> good = check_authorities(issuer.where, issuer.ca_file); !good)
      return std::move(good).error();
  }
  for (const KeySettings& key : issuer.keys) {
    if (rules.algorithms.empty()) break;
    if (std::find(rules.algorithms.begin(), rules.algorithms.end(), key.algorithm) == rules.algorithms.end())
      return wrong(issuer.where, "a key is for an algorithm that `algorithms` does not name");
  }
  if (issuer.keys.empty() && rules.algorithms.empty()) {
    for (std::size_t i = 0; i < access::kAlgorithmCount; ++i) {
      const auto algorithm = static_cast<access::Algorithm>(i);
      if (!is_secret(algorithm)) rules.algorithms.push_back(algorithm);
    }
  }
  return issuer;
}

// Reads the members of one object; the first that is wrong is kept as `error`.
class Reader {
 public:
  Reader(std::string where, const std::vector<base::JsonMember>& members)
      : where_(std::move(where)), members_(members) {}

  std::optional<std::string> text(std::string_view name) {
    const auto value = find(name);
    if (!value) return std::nullopt;
    std::optional<std::string> text = text_in(*value);
    if (!text) fail(name, "expected a string that is not empty");
    return text;
  }

  std::vector<std::string> texts(std::string_view name) {
    const auto value = find(name);
    if (!value) return {};
    if (std::optional<std::string> one = text_in(*value)) return {*std::move(one)};
    std::vector<std::string> all;
    if (base::json_kind(*value) == JsonKind::kArray) {
      for (const std::string_view element : base::trusted_array_elements(*value)) {
        std::optional<std::string> one = text_in(element);
        if (!one) return fail(name, "expected strings that are not empty"), std::vector<std::string>();
        all.push_back(*std::move(one));
      }
    }
    if (all.empty()) fail(name, "expected a string or an array of strings");
    return all;
  }

  bool flag(std::string_view name, bool otherwise) {
    const auto value = find(name);
    if (!value) return otherwise;
    if (base::json_kind(*value) != JsonKind::kBool) fail(name, "expected true or false");
    return *value == "true";
  }

  std::chrono::seconds seconds(std::string_view name, std::chrono::seconds otherwise) {
    const auto value = find(name);
    if (!value) return otherwise;
    std::int64_t count = 0;
    const auto [end, failed] = std::from_chars(value->data(), value->data() + value->size(), count);
    if (failed != std::errc() || end != value->data() + value->size() || count < 0 || count > 600)
      fail(name, "expected a whole number of seconds from 0 to 600");
    return std::chrono::seconds(count);
  }

  std::optional<std::string_view> array(std::string_view name) {
    const auto value = find(name);
    if (value && base::json_kind(*value) != JsonKind::kArray) fail(name, "expected an array");
    return value;
  }

  // After all that are known were asked for.
  std::optional<Error> error() {
    for (const base::JsonMember& member : members_) {
      if (std::find(known_.begin(), known_.end(), member.key) == known_.end())
        fail(member.key, "there is no such member");
    }
    return error_;
  }

  void fail(std::string_view name, const std::string& why) {
    if (!error_) error_ = wrong(where_, std::string(name) + ": " + why);
  }

 private:
  static std::optional<std::string> text_in(std::string_view value) {
    if (base::json_kind(value) != JsonKind::kString) return std::nullopt;
    Result<std::string> text = base::parse_json_string(value);
    if (!text || text->empty()) return std::nullopt;
    return *std::move(text);
  }

  std::optional<std::string_view> find(std::string_view name) {
    known_.emplace_back(name);
    for (const base::JsonMember& member : members_) {
      if (member.key == name && base::json_kind(member.value) != JsonKind::kNull) return member.value;
    }
    return std::nullopt;
  }

  const std::string where_;
  const std::vector<base::JsonMember>& members_;
  std::vector<std::string> known_;
  std::optional<Error> error_;
};

Result<KeySettings> parse_key(const std::string& where, std::string_view json) {
  const Result<std::vector<base::JsonMember>> members = base::object_members(json);
  if (!members) return wrong(where, "expected an object");
  Reader reader(where, *members);
  const std::string algorithm = reader.text("algorithm").value_or("");
  const std::string material = reader.text("key").value_or("");
  const std::string file = reader.text("key_file").value_or("");
  const std::string id = reader.text("kid").value_or("");
  if (std::optional<Error> error = reader.error()) return *std::move(error);
  if (material.empty() == file.empty()) return wrong(where, "give key or key_file");
  const Result<access::Algorithm> known = algorithm_of(where + ": algorithm", algorithm);
  if (!known) return known.error();
  Result<std::string> text = file.empty() ? Result<std::string>(material) : key_text(where, file);
  if (!text) return std::move(text).error();
  return KeySettings{*known, *std::move(text), id};
}

Result<IssuerSettings> parse_issuer(const std::string& where, std::string_view json) {
  const Result<std::vector<base::JsonMember>> members = base::object_members(json);
  if (!members) return wrong(where, "expected an object");
  Reader reader(where, *members);
  IssuerSettings issuer;
  issuer.where = where;
  issuer.rules.issuers = reader.texts("issuer");
  issuer.rules.audiences = reader.texts("audience");
  issuer.rules.types = reader.texts("types");
  const std::vector<std::string> algorithms = reader.texts("algorithms");
  issuer.jwks_file = reader.text("jwks_file").value_or("");
  issuer.jwks_url = reader.text("jwks_url").value_or("");
  issuer.discovery = reader.flag("discovery", false);
  issuer.ca_file = reader.text("ca_file").value_or("");
  issuer.rules.leeway = reader.seconds("leeway", issuer.rules.leeway);
  issuer.rules.require_expiry = reader.flag("require_expiry", true);
  issuer.rules.require_subject = reader.flag("require_subject", true);
  const std::optional<std::string_view> keys = reader.array("keys");
  if (std::optional<Error> error = reader.error()) return *std::move(error);
  Result<std::vector<access::Algorithm>> known = algorithms_of(where + ": algorithms", algorithms);
  if (!known) return std::move(known).error();
  issuer.rules.algorithms = *std::move(known);
  std::size_t number = 0;
  for (const std::string_view element :
       keys ? base::trusted_array_elements(*keys) : std::vector<std::string_view>()) {
    Result<KeySettings> key = parse_key(where + ": keys[" + std::to_string(number++) + "]", element);
    if (!key) return std::move(key).error();
    issuer.keys.push_back(*std::move(key));
  }
  return completed(std::move(issuer));
}

// What --jwt-… and --oidc-issuer say together; nullopt: nothing.
Result<std::optional<IssuerSettings>> issuer_of_flags(const Settings& settings) {
  IssuerSettings issuer;
  issuer.where = "--jwt-key";
  issuer.rules.audiences = settings.jwt_audience;
  issuer.rules.types = settings.jwt_types;
  issuer.rules.require_expiry = !settings.jwt_allow_no_expiry;
  issuer.rules.leeway = settings.jwt_leeway;
  issuer.jwks_file = settings.jwt_jwks_file;
  issuer.jwks_url = settings.jwt_jwks_url;
  issuer.discovery = !settings.oidc_issuer.empty();
  issuer.ca_file = settings.jwt_ca_file;
  if (!settings.jwt_issuer.empty()) issuer.rules.issuers = {settings.jwt_issuer};
  if (issuer.discovery) {
    if (!settings.jwt_issuer.empty())
      return wrong("--oidc-issuer", "it says the issuer: leave --jwt-issuer out");
    issuer.rules.issuers = {settings.oidc_issuer};
  }
  const bool key = !settings.jwt_key.empty() || !settings.jwt_key_file.empty();
  if (!key && issuer.jwks_file.empty() && issuer.jwks_url.empty() && !issuer.discovery)
    return std::optional<IssuerSettings>();
  if (!key)
    issuer.where = issuer.discovery          ? "--oidc-issuer"
                   : issuer.jwks_url.empty() ? "--jwt-jwks-file"
                                             : "--jwt-jwks-url";
  Result<std::vector<access::Algorithm>> algorithms =
      algorithms_of("--jwt-algorithm", settings.jwt_algorithm);
  if (!algorithms) return std::move(algorithms).error();
  if (key) {
    if (algorithms->size() != 1) return wrong("--jwt-algorithm", "a key is for one algorithm");
    Result<std::string> text = settings.jwt_key_file.empty()
                                   ? Result<std::string>(settings.jwt_key)
                                   : key_text("--jwt-key-file", settings.jwt_key_file);
    if (!text) return std::move(text).error();
    issuer.keys.push_back({algorithms->front(), *std::move(text), {}});
  }
  issuer.rules.algorithms = *std::move(algorithms);
  Result<IssuerSettings> whole = completed(std::move(issuer));
  if (!whole) return std::move(whole).error();
  return std::optional<IssuerSettings>(*std::move(whole));
}

}  // namespace

Result<std::vector<IssuerSettings>> parse_issuers(const std::string& where, std::string_view json) {
  if (Result<void> valid = base::check_json(json); !valid) return wrong(where, valid.error().message);
  const std::string_view text = base::trim_json(json);
  const bool several = base::json_kind(text) == JsonKind::kArray;
  std::vector<IssuerSettings> issuers;
  for (const std::string_view one :
       several ? base::trusted_array_elements(text) : std::vector<std::string_view>{text}) {
    const std::string name = several ? where + "[" + std::to_string(issuers.size()) + "]" : where;
    Result<IssuerSettings> issuer = parse_issuer(name, one);
    if (!issuer) return std::move(issuer).error();
    issuers.push_back(*std::move(issuer));
  }
  return issuers;
}

Result<std::vector<IssuerSettings>> issuer_settings(const Settings& settings) {
  std::vector<IssuerSettings> all;
  Result<std::optional<IssuerSettings>> of_flags = issuer_of_flags(settings);
  if (!of_flags) return std::move(of_flags).error();
  if (*of_flags) all.push_back(**std::move(of_flags));
  const auto add = [&](Result<std::vector<IssuerSettings>> some) -> Result<void> {
    if (!some) return std::move(some).error();
    all.insert(all.end(), std::make_move_iterator(some->begin()), std::make_move_iterator(some->end()));
    return {};
  };
  if (!settings.issuer.empty()) {
    if (Result<void> added = add(parse_issuers("--issuer", settings.issuer)); !added)
      return std::move(added).error();
  }
  if (!settings.issuer_file.empty()) {
    Result<std::string> text = file_text("--issuer-file", settings.issuer_file);
    if (!text) return std::move(text).error();
    if (Result<void> added = add(parse_issuers("--issuer-file", *text)); !added)
      return std::move(added).error();
  }
  return all;
}

}  // namespace freshet::app
