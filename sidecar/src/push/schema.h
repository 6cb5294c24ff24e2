#pragma once

#include <optional>
#include <string>
#include <vector>

#include "push/run.h"

namespace freshet::push {

// What schema.sql asks for, against what the database has.
struct SchemaPlan {
  bool first = false;              // the database holds nothing yet: the file is run as it is
  std::vector<std::string> steps;  // else what a diff tool found
  std::string digest;              // of the file, in hex; empty: nothing is to be recorded
};

// Whether schema.sql is another one than at the last push, and what would bring its tables about. A problem:
// nothing.
std::optional<SchemaPlan> plan_schema(Run& run);

// In the push's transaction.
void apply_schema(Run& run, const SchemaPlan& plan);

}  // namespace freshet::push
