// One call, isolated: arguments checked, identity known, owner's rights, deadline, in a subtransaction, with
// everything about it returned as data.
#pragma once

#include "call/function.h"

namespace freshet {

struct RunRequest {
  const char* path;
  const char* arguments;  // JSON text
  FunctionKind kind;      // what the caller may run
  bool guard_only;        // the guard instead of the function (queries)
  bool unguarded;         // the caller runs no guard beside it: refused when the function has one by now
  bool of_job;            // a job's attempt: internal functions too, and no guard
  const char* page;       // JSON of the page asked for, or nullptr: all rows
  int deadline_ms;        // of the caller; the smaller of this and the function's counts. 0: the function's
};

struct RunOutcome {
  const char* value;  // JSON text, or nullptr with an error
  const char* error;  // error JSON
  int sqlstate;       // of the error
};

// Runs the request; an identity is open and, for queries, a capture. Values are allocated in the current
// memory context. A query never leaves anything behind: its subtransaction is always rolled back, settings
// included. A mutation that succeeds keeps its writes, has its deferred constraints checked, and its settings
// rolled back. Cancels that are not the call's own deadline are raised.
RunOutcome run_isolated(const RunRequest& request);

// What a request with an identity that is not a JSON object is answered.
RunOutcome run_refused_identity();

// An error that the extension itself finds, as the JSON that an error of the function would give.
RunOutcome run_refused(int sqlstate, const char* message);

}  // namespace freshet
