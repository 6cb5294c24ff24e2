// An exposed function runs as its owner, whom row policies often do not bind: they bind neither a table's
// owner (without FORCE) nor a role with BYPASSRLS nor a superuser. Policies that somebody wrote and nobody
// applies leak rows, so a function that would go past them is refused unless it was exposed with row_security
// => 'bypass'.
#pragma once

#include "call/function.h"

namespace freshet {

// Raises when `queries`, the analysed body of the function, name a table whose policies its owner bypasses.
void check_row_security(const Function* function, List* queries);

// From here until row_security_unwatch() every statement is held to the same, before it reads: also those in
// procedural languages and in functions called by the function. What runs under another role's name (SECURITY
// DEFINER, views of others) is that role's affair.
void row_security_watch(const Function* function);
// Safe in an error path.
void row_security_unwatch();

}  // namespace freshet
