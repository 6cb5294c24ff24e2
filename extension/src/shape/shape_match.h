// Holds a value to its shape.
#pragma once

#include "call/json_read.h"
#include "shape/shape.h"

extern "C" {
#include "lib/stringinfo.h"
}

namespace freshet {

// What was expected where the value departs from its shape, with the way there appended to `path` (`.name`,
// `[index]`) and the part that departs in `at`; nullptr when it fits.
const char* shape_mismatch(const Shape* shape, const JsonValue* value, StringInfo path, const JsonValue** at);

}  // namespace freshet
