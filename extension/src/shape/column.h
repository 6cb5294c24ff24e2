// The shape of a column that an expression names.
#pragma once

#include "shape/scope.h"

namespace freshet {

const Shape* column_shape(const Scope& scope, const Var* var);

}  // namespace freshet
