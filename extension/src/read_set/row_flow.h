// Where rows of a scan go, in the parts of a plan that run once: into a Sort by one of their columns, or into
// a hash join that looks that column up. What the Sort hands out, and what the join has, tells later which
// rows of the scan can matter.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/probes.h"

namespace freshet::read_set {

// Tells the watched scans of the statement which Sort and which hash join their rows go to.
void follow_rows_of_statement(Execution* execution);

}  // namespace freshet::read_set
