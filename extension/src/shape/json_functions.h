// The shape of json that SQL builds and takes apart.
#pragma once

#include "shape/scope.h"

extern "C" {
#include "nodes/primnodes.h"
}

namespace freshet {

const Shape* json_constant_shape(const Const* constant);

// nullptr when the function is none of json's.
const Shape* json_call_shape(const Scope& scope, FuncExpr* call, const char* name);

// nullptr when the operator is none of json's.
const Shape* json_operator_shape(const Scope& scope, OpExpr* call);

// Column `column` of a set-returning function; nullptr when it is none of json's.
const Shape* json_rows_shape(const Scope& scope, FuncExpr* call, const char* name, int column);

}  // namespace freshet
