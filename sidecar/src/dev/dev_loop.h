#pragma once

#include <optional>
#include <string>

namespace freshet::dev {

struct DevOptions {
  std::string folder = "app";
  std::string owner_url;     // empty: an embedded server
  std::string database_url;  // the gateway's two roles, with owner_url
  std::string replication_url;
  std::string out;        // of codegen; empty: none
  std::string name_case;  // of codegen
  int port = 0;           // of the gateway; 0: 4700, or the next free one
  int postgres_port = 0;
  bool functions_only = false;
  bool yes_destructive = false;
};

// Applies the folder's files now and whenever one is saved, and runs all that serves them, until SIGINT or
// SIGTERM. The exit status.
int run_dev(const DevOptions& options);

}  // namespace freshet::dev
