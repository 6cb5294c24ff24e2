// The JSON Schema of the errors that a call of a function can end in.
#pragma once

#include "call/function.h"

extern "C" {
#include "lib/stringinfo.h"
}

namespace freshet {

// `oneOf` the error object of each code, told apart by `code`; `application` carries the declared codes.
void append_error_schema(StringInfo out, const Function* function);

}  // namespace freshet
