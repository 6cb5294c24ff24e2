// The conditions of one scan node, by node type, and the columns that they and the query use.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/atoms.h"
#include "read_set/read_set.h"

extern "C" {
#include "nodes/execnodes.h"
#include "utils/relcache.h"
}

namespace freshet::read_set {

// What `node` asks of its relation that no run of it changes, and what each run may ask anew.
struct ScanConditions {
  Condition fixed;
  bool varies;
};

// Both are to be called while the node's plan is open; `current_condition` also after the node was run, when
// parameters and index keys have their values.
ScanConditions fixed_condition(PlanState* node, Relation relation, OperandStates* operands);
Condition current_condition(PlanState* node, Relation relation, OperandStates* operands);

// Columns of `relation` that the query may make something of; sets *system_columns when that includes ctid
// and such.
Columns used_columns(PlanState* node, Relation relation, bool* system_columns);

}  // namespace freshet::read_set
