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
  // Runs of its scans while it depends on order, and those of them that were read to their end.
  int runs;
  int ended_runs;
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

// What becomes of a run of one of the entry's scans: it begins, is read to its end, or runs are no longer
// told.
enum class RunEvent { kBegins, kEnds, kUntold };
void note_run_of(ReadSet* set, Oid table, const Columns& columns, RunEvent event);

// Whether the physical order of the entry's rows matters: not if there is but one, which every run of its
// scans read to the end of. Another that comes to match hits the entry.
bool order_matters(const Entry& entry);

// A scan saw rows that it did not return.
void lose_rows(ReadSet* set, Oid table, const Columns& columns, bool order_dependent);

// The wire format, in the current memory context.
bytea* encode(const ReadSet* set);

}  // namespace freshet::read_set
