// What a SQL body says that is likely not meant, or not kept.
#pragma once

#include "call/function.h"
#include "registry/findings.h"

namespace freshet {

// `queries` and `source` as from read_sql_body() and sql_source(); under the owner's rights.
void lint_body(const Function* function, List* queries, const char* source, Findings* findings);

// Line (from 1) of an offset into a body, 0 where either is not known.
int line_of(const char* source, int location);

}  // namespace freshet
