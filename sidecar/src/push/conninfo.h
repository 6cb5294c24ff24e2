// A connection string with another database in it.
#pragma once

#include <string>

#include "base/result.h"

namespace freshet::push {

// As libpq's keywords, for our own sessions.
base::Result<std::string> with_database(const std::string& url, const std::string& database);

// An empty `database`: the one that it names. As a URI that other programs understand, with everything that
// libpq found elsewhere (environment, password file) in it. Connects to `url` to learn that. A secret.
base::Result<std::string> whole_uri(const std::string& url, const std::string& database);

}  // namespace freshet::push
