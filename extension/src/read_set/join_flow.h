// Joins that run once: rows of one side matter only if they have a partner among the rows of the other side.
//
// For each join ONE side is narrowed by the keys of the other, never both: two rows that match no key of the
// other side could be added one after the other, and form a result together. With one direction for each join
// the relation "this scan relies on that one" has no cycle, since a cycle would have to cross its topmost
// join both ways.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/watched_scan.h"

namespace freshet::read_set {

// A column of a scan.
struct ScanColumn {
  WatchedScan* scan;
  AttrNumber column;
  ScanColumn* next;
};

// Where the key of one side of a join comes from.
struct JoinSide {
  ScanColumn* targets;  // scans of which a row yields rows with that key or none, and matters nowhere else
  ScanColumn* sources;  // scans whose rows have all keys there can be, unless `sources_unknown`
  bool sources_unknown;
};

struct JoinKey {
  Oid op;  // outer = inner
  Oid collation;
  int hash_key;  // number among the keys of a hash join, else -1
  JoinSide outer;
  JoinSide inner;
  JoinKey* next;
};

enum class Narrowed { kUndecided, kOuter, kInner, kNeither };

struct JoinFlow {
  PlanState* node;
  bool may_narrow_outer;  // rows of the outer side without partner yield nothing
  bool may_narrow_inner;
  JoinKey* keys;
  Narrowed narrowed;
  JoinFlow* next;
};

// `node`, a join, runs once: remembers where its keys come from.
void note_join(Execution* execution, PlanState* node);

// The rows of `scan` that have a partner, as far as the joins that it is in tell.
Condition with_partners(WatchedScan* scan);

}  // namespace freshet::read_set
