// The functions that a function calls: one that does not work any more fails its callers, too.
#pragma once

#include "call/function.h"
#include "registry/findings.h"
#include "registry/function_body.h"

namespace freshet {

// Reads what `queries` call, and what that calls, of the application's own functions in SQL and PL/pgSQL.
// Under the rights of `function`.
void check_helpers(const Function* function, List* queries, Findings* findings);

}  // namespace freshet
