#pragma once

#include <optional>
#include <string>
#include <vector>

#include "push/push.h"
#include "push/run.h"
#include "push/schema_step.h"

namespace freshet::push {

// What schema.sql asks for, against what the database has.
struct SchemaPlan {
  bool is_new = false;            // it is another one than at the last push
  bool first = false;             // the database holds nothing yet: the file is run as it is
  std::vector<SchemaStep> steps;  // else what brings it about
};

// Whether schema.sql is another one than at the last push, and what would bring its tables about. Nothing:
// there is a problem.
std::optional<SchemaPlan> plan_schema(Run& run, const Rules& rules);

// In the push's transaction.
void apply_schema(Run& run, const SchemaPlan& plan);

}  // namespace freshet::push
