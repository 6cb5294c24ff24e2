// Numbers in the JSON text of a row: given in the form that was decided for them, and never with digits that
// clients would lose without being told.
#pragma once

#include "call/json_read.h"
#include "shape/shape.h"

extern "C" {
#include "lib/stringinfo.h"
}

namespace freshet {

// Integers are exact in a JSON number up to here, in either direction.
constexpr int64 kMaxSafeInteger = 9007199254740991;

// Whether a number in the text has more before its point than JSON numbers carry exactly.
bool has_unsafe_integer(const char* json, int length);

// Appends the value with its numbers in the form that `shape` says (number_forms.h). A bigint or numeric
// whose form is number, and whose integer part would not arrive as it is, is out_of_range; json of which
// nothing is known goes digit for digit. `path` is the way to the value (`author.id`, `[2]`).
void append_in_number_forms(StringInfo out, const JsonValue* value, const Shape* shape, StringInfo path);

[[noreturn]] void report_unsafe_integer(const char* column);

}  // namespace freshet
