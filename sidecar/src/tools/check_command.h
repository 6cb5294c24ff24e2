#pragma once

#include <string>

#include "app/settings.h"

namespace freshet::tools {

struct CheckOptions {
  std::string tenant;   // a column's name; empty: not asked
  std::string source;   // folder with the SQL files; empty: functions are named without a place
  bool strict = false;  // lints count, too
  bool json = false;
};

// Analyses every exposed function against the schema as it is now. Exit status 1 when one is broken (with
// `strict` also when there is a lint): made for CI and for the end of a migration.
int check(const app::Settings& settings, const CheckOptions& options);

}  // namespace freshet::tools
