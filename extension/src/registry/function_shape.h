// The shapes of what a function takes and gives.
#pragma once

#include "call/function.h"
#include "shape/scope.h"

namespace freshet {

// Of the arguments, as clients send them.
Parameters argument_shapes(const Function* function, int* steps_left);

// Of the whole result as clients get it: an array for 'many', nullable for 'maybe'. `queries` is the body as
// from read_sql_body(), NIL for other languages. Under the owner's rights.
const Shape* result_shape(const Function* function, const Parameters& parameters, List* queries);

}  // namespace freshet
