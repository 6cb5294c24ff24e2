#pragma once

#include "push/run.h"

namespace freshet::push {

// Writes down which functions the files define, and tells (or with `prune` hides and drops) those that an
// earlier push made and that are in them no longer.
void keep_records(Run& run, bool prune);

}  // namespace freshet::push
