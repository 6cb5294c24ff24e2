// What the catalog says about a function that the registry names.
#pragma once

#include "call/function.h"

namespace freshet {

// The only function of that name; InvalidOid when there is none, `*overloaded` when there are several.
Oid find_procedure(const char* schema, const char* name, bool* overloaded);

// Input argument types as the registry keeps them.
PallocVector<char*> procedure_argument_types(Oid procedure);

FunctionKind procedure_kind(Oid procedure);

// Fills all but `path` and `row` of `function`, in the current memory context. Whatever keeps it from being
// called becomes `problem`.
void describe_function(Function* function);

}  // namespace freshet
