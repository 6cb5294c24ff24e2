// The shape that `returns` of freshet.expose() declares.
#pragma once

#include "shape/shape.h"

namespace freshet {

// Reads a declaration, names resolved under the current search_path:
//   (id bigint not null, title text)    a row, or in json an object, of these columns
//   app.issue, text not null, uuid[]    a value of a type
//   {"id": "bigint", "tags": ["text"], "author": {"name": "text?"}, "kind": "'a' | 'b'", "note?": "text"}
//                                       json: an object, arrays by their element, types by name; `?` behind a
//                                       type: or null, behind a name: or absent; quoted texts: one of these
// Raises kNotExposable where it cannot be read; `path` names the function in messages.
const Shape* declared_shape(const char* declaration, const char* path);

}  // namespace freshet
