// `column IN (SELECT …)` where the server keeps the values of the sub-query in a hash table: the rows with
// one of those values. They stay what they are while nothing hits what the sub-query read, which was all that
// it has; and that depends on nothing that the scan with the condition reads, so that what relies on what has
// no cycle. EXISTS is of the kind where the planner made it so.
#pragma once

#include "read_set/atoms.h"

extern "C" {
#include "nodes/primnodes.h"
}

namespace freshet::read_set {

// Rows for which the sub-query's condition is `wanted`. Runs nothing: before somebody ran the sub-query, or
// where it has no table of its own, any row.
Condition in_subplan(const Terms& terms, const SubPlan* plan, bool wanted);

}  // namespace freshet::read_set
