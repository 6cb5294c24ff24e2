#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "push/run.h"

namespace freshet::push {

// Compiles the body of every function of the files, as CREATE FUNCTION does it.
void check_bodies(Run& run);

// What freshet.check() says is broken: path and code.
using Broken = std::set<std::pair<std::string, std::string>>;
std::optional<Broken> broken_now(Run& run);

// Before the commit: asks freshet.check() of all that is exposed. What is broken is a problem; where the
// files do not define it, it goes to `foreign`, unless it is `known` to have been broken before: then it is a
// warning.
void check_exposed(Run& run, const Broken& known, std::vector<Problem>& foreign);

}  // namespace freshet::push
