// What a row must satisfy to be returned by a scan, as far as atoms can say it: a disjunction of conjunctions
// of column atoms. Every operation only widens: the result holds for at least the rows for which the exact
// combination would. Values are palloc'd in the current memory context and shared freely between conditions,
// never changed.
#pragma once

#include "freshet_wire/read_set.hpp"

#include "row_key/expression_column.h"

extern "C" {
#include "postgres.h"

#include "access/attnum.h"
#include "utils/memutils.h"
}

namespace freshet::read_set {

struct Atom {
  ColumnId attnum;
  wire::AtomKind kind;
  uint8 range;           // RangeFlag bits
  uint32 hash_count;     // kEq: 1; kIn: as many as there are
  const uint64* hashes;  // ascending, distinct
  uint32 lo_size;
  uint32 hi_size;
  const uint8* lo;  // of kTest: the expression
  const uint8* hi;
};

// Atoms that must all hold, in compare_atoms order, without repetition. None: any row.
struct Conj {
  int count;
  Atom* atoms;
};

// Conjunctions of which one must hold. None: no row ever.
struct Condition {
  int count;
  Conj* conjs;
};

// Beyond these a disjunction or a list of values is widened.
inline constexpr int kMaxDisjuncts = 64;
inline constexpr uint32 kMaxHashes = 1000;

Condition always();
Condition never();
Condition of_atom(const Atom& atom);
inline bool is_never(const Condition& condition) { return condition.count == 0; }
inline bool is_always(const Condition& condition) {
  return condition.count == 1 && condition.conjs[0].count == 0;
}

Condition both(const Condition& a, const Condition& b);
Condition either(const Condition& a, const Condition& b);

// Whether an order key is in the range of a kRange atom.
bool is_in_range(const Atom& atom, const uint8* key, uint32 size);

int compare_atoms(const Atom& a, const Atom& b);
bool same_condition(const Condition& a, const Condition& b);
bool same_conj(const Conj& a, const Conj& b);
// Every atom of `general` is in `special`: rows of the second are rows of the first.
bool implies(const Conj& special, const Conj& general);
// The atoms that are in both.
Conj common_atoms(const Conj& a, const Conj& b);
Condition copy_condition(const Condition& condition, MemoryContext context);
Conj copy_conj(const Conj& conj, MemoryContext context);
Size conj_size(const Conj& conj);
uint64 conj_digest(const Conj& conj);

}  // namespace freshet::read_set
