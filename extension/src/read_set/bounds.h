// How far an ordered stream of rows was read. Who takes rows in order and stops depends on nothing that comes
// after the last row taken: rows strictly behind it, by the columns of the order that can be told, were not
// observed.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/condition.h"
#include "read_set/read_set.h"

extern "C" {
#include "access/skey.h"
#include "nodes/execnodes.h"
#include "utils/relcache.h"
}

namespace freshet::read_set {

// Whether `node` is a scan in the order of a btree index, which has a position.
bool reads_in_order(PlanState* node);

// The rows up to the one that `node`, which reads in order, fetched last. To be called while the scan stands
// there: before it is rescanned or ended. always(): read to its end, or no bound is known.
// By at most `max_steps` columns of the order.
Condition scan_bound(PlanState* node, Relation relation, const Columns& columns, int max_steps);

// Whether the last row taken from `sort` may not be its last.
bool is_cut_short(const SortState* sort);

// The rows up to the one last taken from `sort`, whose first keys are the columns `attnums` of `relation`.
Condition sort_bound(SortState* sort, Relation relation, const AttrNumber* attnums, int attnum_count,
                     const Columns& columns, int max_steps);

}  // namespace freshet::read_set
