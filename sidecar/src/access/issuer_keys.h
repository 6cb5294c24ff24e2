#pragma once

#include <string>
#include <vector>

#include "access/jwk_set.h"
#include "access/key_url.h"
#include "access/refreshed_keys.h"

namespace freshet::access {

// Where an issuer's keys are read from; each gives what RefreshedKeys asks for. Errors are for the log.

// A file that holds a JWK Set; it may be replaced at any time.
RefreshedKeys::Fetch keys_of_file(std::string path, std::vector<Algorithm> allowed);

// An address that answers with a JWK Set. `ca_file`: authorities to trust in place of the system's; empty:
// the system's.
RefreshedKeys::Fetch keys_of_url(KeyUrl url, std::string ca_file, std::vector<Algorithm> allowed);

// The `jwks_uri` that the issuer names in its OpenID Connect discovery document, which must name the very
// issuer (OpenID Connect Discovery 1.0 §4.3). Asked for anew each time, since it may move.
RefreshedKeys::Fetch keys_of_discovery(std::string issuer, std::string ca_file,
                                       std::vector<Algorithm> allowed);

// The address of that document: the issuer, without the slash at its end, and
// /.well-known/openid-configuration.
base::Result<KeyUrl> discovery_url(const std::string& issuer);

}  // namespace freshet::access
