// From a plan that is about to run to the scans to watch and the flags of what no row change reports.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/probes.h"

namespace freshet::read_set {

// Watches every scan of `execution`'s plan. To be called right after ExecutorStart.
void watch_plan(Execution* execution);

}  // namespace freshet::read_set
