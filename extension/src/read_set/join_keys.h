// Which rows of the probe side of a hash join have a partner: those whose key is in the hash table. Never the
// other way round for the same join: rows of both sides that match no key of the other could be added one
// after the other, and form a result together.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/condition.h"
#include "read_set/read_set.h"

extern "C" {
#include "nodes/execnodes.h"
#include "utils/relcache.h"
}

namespace freshet::read_set {

// Rows of `relation` whose column `attnum`, which key number `key` of the probe side is, has a value that the
// build side has. always() unless the build side was read to its end and has few values, all in memory.
Condition with_partner(HashJoinState* join, int key, Relation relation, AttrNumber attnum,
                       const Columns& columns);

}  // namespace freshet::read_set
