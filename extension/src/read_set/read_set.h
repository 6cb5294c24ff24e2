// The read set that one capture builds: entries by (table, columns used, order dependence), each a set of
// conjunctions of which one must hold for a row to have mattered. Adding merges; passing a cap widens. Lives
// in its own memory context, which ReadSet::create makes and ReadSet::destroy deletes with everything in it.
#pragma once

#include "read_set/condition.h"
#include "read_set/fingerprints.h"

extern "C" {
#include "nodes/bitmapset.h"
}

namespace freshet::read_set {

// Columns that a scan contributes to the result.
struct Columns {
  bool all;
  Bitmapset* attnums;  // 1-based
};

struct Entry {
  Oid table;
  bool order_dependent;
  Columns columns;
  bool widened;  // a cap was passed: conjs holds one, what all had in common
  int count;     // 0: no row has mattered so far
  int capacity;
  Conj* conjs;
  int slot_count;  // power of two, 0 while there are few conjs
  int* slots;      // index into conjs + 1, by digest
  Size size;
  Fingerprints fingerprints;
};

struct ReadSet {
  MemoryContext context;
  uint32 flags;
  int count;
  int capacity;
  Entry* entries;
  Size size;
};

// Conjunctions per entry, entries, and bytes beyond which a read set is widened.
inline constexpr int kMaxConjs = 1000;
inline constexpr int kMaxEntries = 500;
inline constexpr Size kMaxBytes = 512 * 1024;

ReadSet* create_read_set();
void destroy_read_set(ReadSet* set);

// `condition` may live in any context. Adding `never` leaves nothing. False: the set said so much already.
// Without `fingerprinted` the caller will not report the rows, so that the entry has no fingerprints from
// then on.
bool add(ReadSet* set, Oid table, const Columns& columns, bool order_dependent, const Condition& condition,
         bool fingerprinted);

// Makes the entry that is to be added to later, so that rows can be told before.
void open_entry(ReadSet* set, Oid table, const Columns& columns, bool order_dependent, bool fingerprinted);

// A row that a scan with `fingerprinted` returned: its key, then the image of each column in order of number.
// False: the entry has no fingerprints (any more).
bool add_row(ReadSet* set, Oid table, const Columns& columns, bool order_dependent, const wire::Hash128* row);

// A scan saw rows that it did not return.
void lose_rows(ReadSet* set, Oid table, const Columns& columns, bool order_dependent);

// The wire format, in the current memory context.
bytea* encode(const ReadSet* set);

}  // namespace freshet::read_set
