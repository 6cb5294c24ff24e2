// What a function call or a plan depends on beside rows: the clock, settings, the catalog, chance.
#pragma once

#include "read_set/capture.h"

extern "C" {
#include "nodes/execnodes.h"
}

namespace freshet::read_set {

// CaptureFlag bits of calling `function`. Functions in SQL and procedural languages answer for what their
// bodies do, which is seen when those run, and freshet's own functions record what they read themselves.
uint32 function_dependences(Oid function);

// A function of freshet that only reads a verified claim, so that calling it once more does nothing.
bool is_identity_function(Oid function);

// CaptureFlag bits of the value functions (CURRENT_DATE, CURRENT_USER ...) and NEXTVALs in the expressions of
// one plan node. Functions are seen where they are initialised, not here.
uint32 value_function_dependences(Plan* plan);

// The same for the parameters of an EXECUTE, as they were parsed, or the arguments of a CALL.
uint32 value_function_dependences_of_utility(const Node* statement);

// CaptureFlag bits of everything that an expression calls, the checks of domains included.
uint32 expression_dependences(Node* expression);

}  // namespace freshet::read_set
