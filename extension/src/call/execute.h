// Runs a function, or its guard, with bound arguments inside the run's subtransaction; an SPI connection is
// open and the rights are set.
#pragma once

#include "call/bound_arguments.h"

namespace freshet {

// Appends `module.function(a => $1, …)` with a parameter for each argument given.
void append_function_call(StringInfo sql, const Function* function, const bool* given);

// Finds out what the rows of the function are held to, before the first of them is written.
void know_contract(Function* function);

// Appends the result as JSON.
void execute_function(Function* function, const BoundArguments* bound, bool read_only, StringInfo out);

// Returns when the guard passes; raises forbidden when it is false or NULL. Errors of the guard itself are
// raised as they are.
void execute_guard(Function* function, BoundArguments* bound);

}  // namespace freshet
