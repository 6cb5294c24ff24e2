// The shapes of what a function takes and gives.
#pragma once

#include "call/function.h"
#include "shape/scope.h"

namespace freshet {

// Expressions looked at for one function; what is beyond is known by its type alone.
constexpr int kMaxShapeSteps = 200000;

// Of the arguments, as clients send them.
Parameters argument_shapes(const Function* function, int* steps_left);

// An argument's, with the form of its numbers decided.
const Shape* decided_argument(const Function* function, const Shape* shape);

// Of the whole result as clients get it: an array for 'many', nullable for 'maybe'. `queries` is the body as
// from read_sql_body(), NIL for other languages. Under the owner's rights.
const Shape* result_shape(const Function* function, const Parameters& parameters, List* queries);

// Of one row, or the value of a function that gives no set, as the body is now, with the form of its numbers
// decided. `deviates`: the encoder, left to itself, would write some of them otherwise. Under the owner's
// rights.
const Shape* row_with_number_forms(const Function* function, bool* deviates);

// What each row (or the value of a function that gives no set) is held to when it is encoded: declared
// types, columns that are never NULL, domains of functions in other languages. nullptr when nothing is
// promised that the encoder does not keep by itself. Under the owner's rights; in the current memory context.
const Shape* result_contract(const Function* function);

// Raises when `returns`, `not_null` or `numbers` do not fit the function. Under the owner's rights.
void check_declarations(const Function* function);

}  // namespace freshet
