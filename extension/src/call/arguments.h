// JSON -> Datum, checked against the signature. Everything that is wrong is collected, each with its path,
// before anything runs.
#pragma once

#include "call/json_read.h"
#include "call/json_type.h"

namespace freshet {

// The list of what is wrong, as the JSON array `problems` of docs/sql-interface.md.
struct Problems {
  StringInfoData json;
  int count;
};

void problems_init(Problems* problems);
// `path` names the argument, with `.member` and `[index]` behind it.
void problems_add(Problems* problems, const char* path, const char* expected, const char* got);
// Closes the array; the text belongs to the context that was current at problems_init().
const char* problems_finish(Problems* problems);

// Converts one value. What this code can see itself is added to `problems` (the result is then NULL); what
// only the type's input function or a domain's check can see is raised as an error of class 22 or 23, for
// read_value_isolated().
Datum read_json_value(Oid type, int32 typmod, const JsonValue* json, bool* is_null, Problems* problems,
                      const char* path);

// The same in a subtransaction of its own, so that the error of one value does not hide those of the others:
// it becomes a problem. Errors of other classes are raised. No Datum is kept: this runs only when the call
// fails anyway.
void check_json_value_isolated(Oid type, int32 typmod, const JsonValue* json, Problems* problems,
                               const char* path);

}  // namespace freshet
