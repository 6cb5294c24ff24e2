// What can be seen in the body of a function before it is ever called.
#pragma once

#include "call/function.h"
#include "registry/findings.h"

namespace freshet {

// Raises when a SQL body uses one of its arguments nowhere (a column of the same name hides it: `WHERE
// channel_id = channel_id` compares the column with itself and returns every tenant's rows), or when an
// IMMUTABLE function reaches an identity function or a table: the planner would keep what one caller saw.
// Bodies in other languages are opaque, but for the names of the identity functions.
void check_body(Function* function, Findings* findings);

}  // namespace freshet
