// Which built-in functions and operators give no NULL for arguments that are none.
#pragma once

#include "compat.h"

extern "C" {
#include "nodes/primnodes.h"
}

namespace freshet {

// For a call written as such.
bool is_total_function(const FuncExpr* call, const char* name);

// Never NULL, whatever the arguments.
bool is_never_null_function(const char* name);

// For a cast that is a function.
bool is_total_cast(const FuncExpr* call);

bool is_total_operator(Oid operation, List* arguments);

}  // namespace freshet
