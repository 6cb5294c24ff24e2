// The shape of a value of which only the type is known, by the table of json_type.h.
#pragma once

#include "shape/shape.h"

namespace freshet {

// As the encoder writes it. NULLs inside (of elements and columns) are possible except where a NOT NULL
// domain forbids them, which the encoder enforces. A type that is not in the table is kAny.
const Shape* type_shape(Oid type, bool nullable);

// The same value as to_json() and to_jsonb() write it, inside of json.
const Shape* embedded_shape(const Shape* shape);

}  // namespace freshet
