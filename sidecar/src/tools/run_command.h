#pragma once

#include <string>

#include "app/settings.h"

namespace freshet::tools {

struct RunOptions {
  std::string path;
  std::string args = "{}";
  std::string identity;  // claims; empty: anonymous
  std::string page;      // JSON object; empty: none
  bool explain = false;
  bool dry_run = false;  // a mutation is rolled back
  bool json = false;
};

// Calls one function directly in the database and tells a developer everything about it: the value on
// standard output; what the function raised, what it read, its plans and what a client would be told, on
// standard error.
int run(const app::Settings& settings, const RunOptions& options);

}  // namespace freshet::tools
