// Whether the planner puts a set-returning SQL function's body in place of its call in FROM, so that
// conditions and order of the outer query reach its tables.
#pragma once

#include "compat.h"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace freshet {

// nullptr when it does, else what keeps it from that, as a clause: "it is STRICT". `queries` are those of the
// body, NIL for another language.
const char* why_not_inlined(Oid procedure, List* queries);

}  // namespace freshet
