// Watches how the statements of one run are executed: for freshet.observe() only, never on the path of a live
// query.
#pragma once

#include "compat.h"

extern "C" {
#include "lib/stringinfo.h"
}

namespace freshet::advise {

// From here on, until observer_stop(), executions are instrumented and noted. Notes live in the current
// memory context, which must outlive them.
void observer_start();
void observer_stop();

// The notes as a JSON array, one object for each different statement:
// {"query", "executions", "rows", "limited"?, "unordered_limit"?, "offset"?, "scans": [{"table", "columns",
// "read", "kept"}]}
void put_observations(StringInfo out);

}  // namespace freshet::advise
