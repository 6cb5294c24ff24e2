// What of a function's contract (names, bounds, types) is likely to hurt its clients.
#pragma once

#include "call/function.h"
#include "registry/findings.h"
#include "shape/shape.h"

namespace freshet {

// `result`: the shape of the whole result. `queries`: of the body, NIL for other languages.
void lint_contract(const Function* function, const Shape* result, List* queries, Findings* findings);

}  // namespace freshet
