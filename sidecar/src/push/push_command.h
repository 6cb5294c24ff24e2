#pragma once

#include "push/outcome.h"
#include "tools/commands.h"

namespace freshet::push {

// Declares `push` on the program.
tools::Command add_push(CLI::App& program);

// For people: what an outcome changed, or would; what stands in its way goes to standard error.
void show(const Outcome& outcome, bool dry_run);

// The name that a folder's functions are recorded under.
std::string app_name(const std::string& folder);

}  // namespace freshet::push
