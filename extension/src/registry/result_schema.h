// The JSON Schema of what a function returns.
#pragma once

#include "call/function.h"

extern "C" {
#include "lib/stringinfo.h"
}

namespace freshet {

// The whole result as clients get it: an array for 'many', nullable for 'maybe'. What is not known not to be
// null is nullable.
void append_result_schema(StringInfo out, const Function* function);

}  // namespace freshet
