#pragma once

#include <string>

#include "app/settings.h"

namespace freshet::app {

struct CallOptions {
  std::string path;
  std::string args = "{}";
  std::string identity;  // claims; empty: anonymous
  bool query = false;
};

// Calls one function in the database, without a gateway. Prints the value on standard output, or the error on
// standard error with exit status 1.
int call(const Settings& settings, const CallOptions& options);

}  // namespace freshet::app
