#pragma once

#include "push/run.h"

namespace freshet::push {

// Runs the SELECT statements of the files, in their order: freshet.expose() and what else they do. An
// exposure that is as it was leaves nothing behind. Then what was dropped and made anew, and is not exposed
// by the files themselves, gets the exposure that it had.
void apply_exposures(Run& run);

}  // namespace freshet::push
