// The arguments of one call, bound to the function's signature.
#pragma once

#include "call/arguments.h"
#include "call/function.h"

namespace freshet {

struct BoundArguments {
  const Function* function;
  const JsonValue** json;  // per argument; nullptr: not given
  bool* given;
  Datum* values;
  bool* nulls;
};

// Matches names, finds what is unknown, missing or null where it may not be. Never raises.
void bind_arguments(const Function* function, const JsonValue* json, BoundArguments* bound,
                    Problems* problems);

// Converts the given ones. See read_json_value() for what becomes a problem and what is raised.
void convert_arguments(BoundArguments* bound, Problems* problems);

// After a conversion raised: finds what is wrong with each argument by itself.
void check_arguments_isolated(const BoundArguments* bound, Problems* problems);

// Fills in the defaults of those not given, by evaluating their expressions now.
void evaluate_defaults(BoundArguments* bound);

}  // namespace freshet
