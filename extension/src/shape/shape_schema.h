// A shape as JSON Schema 2020-12 (docs/sql-interface.md says what generators may rely on).
#pragma once

#include "shape/shape.h"

extern "C" {
#include "lib/stringinfo.h"
}

namespace freshet {

// The type's name, qualified unless it is built in: the same under every search_path.
const char* stable_type_name(Oid type);

void append_shape_schema(StringInfo out, const Shape* shape);

}  // namespace freshet
