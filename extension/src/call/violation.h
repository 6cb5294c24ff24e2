// What a violated constraint means to who called: table, columns, and the arguments that gave their values.
#pragma once

#include "call/function.h"

namespace freshet {

// True for errors of the class that violation_json() explains.
bool is_violation(int sqlstate);

// `{"kind", "constraint"?, "schema"?, "table"?, "type"?, "columns"?, "argument"?, "arguments"?}`
// (docs/sql-interface.md) in the current memory context. Names only: nothing of any row. A partition is told
// as the table that it is a part of. To be called after the failed subtransaction was rolled back; what
// cannot be found out any more is left out. Never raises but cancels.
const char* violation_json(const Function* function, const ErrorData* error);

}  // namespace freshet
