#pragma once

#include <string>

#include "app/settings.h"

namespace freshet::tools {

struct InitOptions {
  std::string schema;  // empty: all
  bool json = false;
};

// Reads an existing database and reports, table by table, what live queries can expect and what to type.
// Changes nothing: it reads in a READ ONLY transaction. The extension need not be there.
int init(const app::Settings& settings, const InitOptions& options);

}  // namespace freshet::tools
