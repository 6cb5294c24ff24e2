#pragma once

#include "push/run.h"

namespace freshet::push {

// Runs what the files define: every statement but SELECT, in the order of the files; what names something
// that is not there yet is tried again after the others, as long as one more succeeds each time. Bodies are
// not looked at. A function is replaced; where its result or the names of its arguments changed it is dropped
// and made anew, with the owner, rights and comment that it had. What did not change is not touched. Fills
// run.defined; every failure is a problem.
void apply_definitions(Run& run);

// Drops what functions with other arguments took the place of.
void drop_superseded(Run& run);

}  // namespace freshet::push
