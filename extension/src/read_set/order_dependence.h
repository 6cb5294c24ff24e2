// Does a result depend on the physical order of rows? SQL leaves such results undefined, yet they must not be
// kept when an UPDATE of a column that nobody reads moves a tuple: entries below are then marked
// order-dependent.
#pragma once

extern "C" {
#include "postgres.h"

#include "nodes/execnodes.h"
}

namespace freshet::read_set {

// Whether `node` yields its rows in an order that the plan establishes, ties apart, or at most one row.
bool has_defined_order(PlanState* node);

// Whether `node` makes something of its input's order: it cuts it short, or it computes over the sequence.
bool uses_input_order(PlanState* node);

// Whether `node` makes one row of several that are equal and may differ, and shows the one that came first:
// no order of its input settles which, since those are ties of it.
bool merges_unlike_rows(PlanState* node);

}  // namespace freshet::read_set
