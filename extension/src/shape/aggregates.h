// The shape of aggregates and window functions.
#pragma once

#include "shape/scope.h"

extern "C" {
#include "nodes/primnodes.h"
}

namespace freshet {

const Shape* aggregate_shape(const Scope& scope, Aggref* call);
const Shape* window_shape(const Scope& scope, WindowFunc* call);

}  // namespace freshet
