// The search_path under which an exposed function runs.
#pragma once

#include "call/function.h"

namespace freshet {

// The function's own SET search_path, else the schemas that the caller sees now; with pg_temp last, so that
// no temporary table can stand in for a table of the application. `path` names the function in messages.
char* recorded_search_path(Oid procedure, const char* path);

// Raises when a schema of the recorded path lets others than the owner create things: they could put a table
// or function in front.
void check_search_path(const Function* function);

}  // namespace freshet
