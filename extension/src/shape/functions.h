// The shape of what functions give.
#pragma once

#include "shape/scope.h"

extern "C" {
#include "nodes/primnodes.h"
}

namespace freshet {

const Shape* call_shape(const Scope& scope, FuncExpr* call);

// Column `column` of a function in FROM.
const Shape* function_column(const Scope& scope, const RangeTblEntry* entry, int column, Oid type);

}  // namespace freshet
