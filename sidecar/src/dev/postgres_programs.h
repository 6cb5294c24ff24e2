#pragma once

#include <string>

#include "base/result.h"

namespace freshet::dev {

// The folder of PostgreSQL's programs (initdb, postgres) of a server that has the extension: the one that
// FRESHET_PG_BIN names; else the one on the PATH, the newest in /usr/lib/postgresql, or the copy that
// scripts/up of the checkout which this program lies in has made. An error says what is missing and what to
// do.
base::Result<std::string> find_postgres();

}  // namespace freshet::dev
