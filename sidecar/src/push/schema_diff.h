#pragma once

#include <optional>
#include <string>
#include <vector>

#include "push/push.h"
#include "push/run.h"

namespace freshet::push {

// The steps from the database to what schema.sql declares, found in a scratch database. Left out are
// functions that it does not declare, and drops of what the function files make (views, triggers, policies).
// Schemas that it does not name are left alone. `before`: its text at the last push. Nothing: there is a
// problem.
std::optional<std::vector<SchemaStep>> schema_differences(Run& run, const Rules& rules,
                                                          const std::string& before);

}  // namespace freshet::push
