#pragma once

#include "compat.h"

namespace freshet {

// The job whose function this transaction runs; 0: none.
int64 job_that_runs();

}  // namespace freshet
