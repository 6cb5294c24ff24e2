// The mutation that a job or a schedule names.
#pragma once

#include "call/function.h"

extern "C" {
#include "utils/jsonb.h"
}

namespace freshet {

// Raises when `path` is no exposed mutation, when the current user is not a member of the role with whose
// rights it runs, or when `arguments` do not fit its signature. The function lives in the current memory
// context.
Function* job_target(const char* path, Jsonb* arguments);

// Whether the current user may act for `owner`, a role by its name; false when there is no such role.
bool may_act_for(const char* owner);

// A queue's name, checked.
char* queue_name(text* name);

// Checked; between 1 and 100.
int attempts_allowed(int count);

}  // namespace freshet
