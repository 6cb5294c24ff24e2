// The text of a guard -> a plan with one parameter per argument of the function.
#pragma once

#include "call/function.h"

namespace freshet {

// Analyses the guard under the current user and search_path; errors carry the position in the guard's text.
// Parameter n is argument n, by the name that clients use or by its SQL name. Not kept: the caller does that.
// Needs an SPI connection.
SPIPlanPtr prepare_guard(const Function* function);

}  // namespace freshet
