// The JSON Schemas of a function's arguments and result.
#pragma once

#include "call/function.h"
#include "registry/schema_cache.h"

namespace freshet {

// Analyses the body where that has not been done since the last change of the catalog. A body that cannot be
// analysed becomes the function's `problem`; a function with a problem has no schemas: `[]` and `{}`.
FunctionSchemas schemas_of(Function* function);

// COMMENT ON FUNCTION, nullptr when there is none.
char* function_comment(const Function* function);

}  // namespace freshet
