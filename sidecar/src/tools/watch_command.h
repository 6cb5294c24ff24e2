#pragma once

#include <string>

#include "app/settings.h"

namespace freshet::tools {

struct WatchOptions {
  std::string path;
  std::string args = "{}";
  std::string identity;  // claims; empty: anonymous
  std::string page;      // JSON object; empty: none
  int count = 0;         // ends after so many results; 0: when interrupted
  bool json = false;
};

// Shows a query live, until SIGINT: what a client with these claims would hold after every transition. It
// needs no gateway: it is one, for itself, with a replication slot of its own.
int watch(const app::Settings& settings, const WatchOptions& options);

}  // namespace freshet::tools
