#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "access/token_verifier.h"
#include "base/result.h"

namespace freshet::app {

struct Settings;

struct KeySettings {
  access::Algorithm algorithm = access::Algorithm::kRs256;
  std::string material;  // secret or PEM
  std::string id;
};

// One issuer whose tokens are accepted, as it was configured and found to make sense. Its keys come from
// exactly one of `keys`, `jwks_file`, `jwks_url` and `discovery`.
struct IssuerSettings {
  std::string where;  // for messages: which setting said so
  access::TokenRules rules;
  std::vector<KeySettings> keys;
  std::string jwks_file;
  std::string jwks_url;
  bool discovery = false;
  std::string ca_file;
};

// Reads what --issuer and --issuer-file take: a JSON object, or an array of them, with the members
//   issuer     string or array: the tokens' `iss`. Needed with jwks_url and discovery
//   audience   string or array: the tokens' `aud`; none: not looked at
//   algorithms array; with jwks_* and discovery by default every one but HS256, HS384 and HS512, which only a
//              jwks_file may have, and only when they are named here
//   types      array: the tokens' `typ` ("at+jwt"); none: JWT, at+jwt or absent
//   keys       array of {"algorithm", "key" or "key_file", "kid"?}
//   jwks_file  file of a JWK Set; read again when it changed, within a minute
//   jwks_url   https address of a JWK Set
//   discovery  true: the issuer's OpenID Connect discovery document says where its JWK Set is
//   ca_file    authorities to trust for these addresses in place of the system's
//   leeway     seconds that the issuer's clock may be ahead, for nbf and iat (30)
//   require_expiry, require_subject   false: tokens without exp, without sub are accepted
// The error is `invalid_arguments`; it names `where` and the member and never holds a value.
base::Result<std::vector<IssuerSettings>> parse_issuers(const std::string& where, std::string_view json);

// Every issuer of the settings: --jwt-… and --oidc-issuer as one, then those of --issuer and --issuer-file.
base::Result<std::vector<IssuerSettings>> issuer_settings(const Settings& settings);

}  // namespace freshet::app
