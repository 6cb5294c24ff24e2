#include "read_set/condition.h"

#include <algorithm>

extern "C" {
#include "common/hashfn.h"
}

namespace freshet::read_set {
namespace {

template <class T>
T* allocate(int count) {
  return static_cast<T*>(palloc(sizeof(T) * Max(count, 1)));
}

int compare_bytes(const uint8* a, uint32 a_size, const uint8* b, uint32 b_size) {
  const int order = memcmp(a, b, Min(a_size, b_size));
  if (order != 0) return order;
  return a_size == b_size ? 0 : (a_size < b_size ? -1 : 1);
}

// From below by one atom and from above by another: one range.
bool is_two_sided(const Atom& a, const Atom& b) {
  constexpr int kSides = wire::kRangeHasLo | wire::kRangeHasHi;
  return a.attnum == b.attnum && a.kind == wire::AtomKind::kRange && b.kind == wire::AtomKind::kRange &&
         (a.range & kSides) + (b.range & kSides) == kSides && (a.range & b.range & kSides) == 0 &&
         (a.range & kSides) != 0 && (b.range & kSides) != 0;
}

Atom two_sided(const Atom& a, const Atom& b) {
  const Atom& above = (a.range & wire::kRangeHasLo) != 0 ? a : b;
  const Atom& below = (a.range & wire::kRangeHasLo) != 0 ? b : a;
  Atom range = above;
  range.range = static_cast<uint8>((above.range & (wire::kRangeHasLo | wire::kRangeLoInclusive)) |
                                   (below.range & (wire::kRangeHasHi | wire::kRangeHiInclusive)) |
                                   (above.range & below.range & wire::kRangeNullMatches));
  range.hi = below.hi;
  range.hi_size = below.hi_size;
  return range;
}

// Ranges of a column are neighbours in the order of atoms.
void merge_ranges(Conj* conj) {
  int kept = 0;
  for (int i = 0; i < conj->count; i++) {
    if (kept > 0 && is_two_sided(conj->atoms[kept - 1], conj->atoms[i])) {
      conj->atoms[kept - 1] = two_sided(conj->atoms[kept - 1], conj->atoms[i]);
    } else {
      conj->atoms[kept++] = conj->atoms[i];
    }
  }
  conj->count = kept;
  std::sort(conj->atoms, conj->atoms + kept,
            [](const Atom& one, const Atom& other) { return compare_atoms(one, other) < 0; });
}

Conj join(const Conj& a, const Conj& b) {
  Conj joined{0, allocate<Atom>(a.count + b.count)};
  int i = 0;
  int j = 0;
  while (i < a.count || j < b.count) {
    int order = i == a.count ? 1 : (j == b.count ? -1 : compare_atoms(a.atoms[i], b.atoms[j]));
    if (order == 0) j++;
    joined.atoms[joined.count++] = order <= 0 ? a.atoms[i++] : b.atoms[j++];
  }
  merge_ranges(&joined);
  return joined;
}

bool is_value_list(const Condition& condition) {
  if (condition.count != 1 || condition.conjs[0].count != 1) return false;
  const wire::AtomKind kind = condition.conjs[0].atoms[0].kind;
  return kind == wire::AtomKind::kEq || kind == wire::AtomKind::kIn;
}

// `col = 1 OR col IN (2, 3)` as one list of values.
Condition merged_values(const Atom& a, const Atom& b) {
  uint64* hashes = allocate<uint64>(static_cast<int>(a.hash_count + b.hash_count));
  uint64* end = std::set_union(a.hashes, a.hashes + a.hash_count, b.hashes, b.hashes + b.hash_count, hashes);
  Atom merged{};
  merged.attnum = a.attnum;
  merged.hash_count = static_cast<uint32>(end - hashes);
  merged.hashes = hashes;
  merged.kind = merged.hash_count == 1 ? wire::AtomKind::kEq : wire::AtomKind::kIn;
  if (merged.hash_count > kMaxHashes) {
    merged.kind = wire::AtomKind::kIsNotNull;
    merged.hash_count = 0;
  }
  return of_atom(merged);
}

void add_unless_implied(Condition& condition, const Conj& conj) {
  for (int i = 0; i < condition.count; i++) {
    if (implies(conj, condition.conjs[i])) return;
  }
  condition.conjs[condition.count++] = conj;
}

}  // namespace

Condition always() {
  Condition condition{1, allocate<Conj>(1)};
  condition.conjs[0] = {0, nullptr};
  return condition;
}

Condition never() { return {0, nullptr}; }

Condition of_atom(const Atom& atom) {
  if (atom.kind == wire::AtomKind::kNever) return never();
  Condition condition{1, allocate<Conj>(1)};
  condition.conjs[0] = {1, allocate<Atom>(1)};
  condition.conjs[0].atoms[0] = atom;
  return condition;
}

Condition both(const Condition& a, const Condition& b) {
  if (is_never(a) || is_never(b)) return never();
  if (is_always(a)) return b;
  if (is_always(b)) return a;
  if (a.count * b.count > kMaxDisjuncts) return a.count <= b.count ? a : b;
  Condition result{0, allocate<Conj>(a.count * b.count)};
  for (int i = 0; i < a.count; i++) {
    for (int j = 0; j < b.count; j++) add_unless_implied(result, join(a.conjs[i], b.conjs[j]));
  }
  return result;
}

Condition either(const Condition& a, const Condition& b) {
  if (is_never(a)) return b;
  if (is_never(b)) return a;
  if (is_always(a) || is_always(b)) return always();
  if (is_value_list(a) && is_value_list(b) && a.conjs[0].atoms[0].attnum == b.conjs[0].atoms[0].attnum) {
    return merged_values(a.conjs[0].atoms[0], b.conjs[0].atoms[0]);
  }
  Condition result{0, allocate<Conj>(a.count + b.count)};
  for (int i = 0; i < a.count; i++) add_unless_implied(result, a.conjs[i]);
  for (int i = 0; i < b.count; i++) add_unless_implied(result, b.conjs[i]);
  if (result.count <= kMaxDisjuncts) return result;
  Conj general = result.conjs[0];
  for (int i = 1; i < result.count; i++) general = common_atoms(general, result.conjs[i]);
  result.count = 1;
  result.conjs[0] = general;
  return result;
}

bool is_in_range(const Atom& atom, const uint8* key, uint32 size) {
  if ((atom.range & wire::kRangeHasLo) != 0) {
    const int order = compare_bytes(key, size, atom.lo, atom.lo_size);
    if (order < 0 || (order == 0 && (atom.range & wire::kRangeLoInclusive) == 0)) return false;
  }
  if ((atom.range & wire::kRangeHasHi) != 0) {
    const int order = compare_bytes(key, size, atom.hi, atom.hi_size);
    if (order > 0 || (order == 0 && (atom.range & wire::kRangeHiInclusive) == 0)) return false;
  }
  return true;
}

int compare_atoms(const Atom& a, const Atom& b) {
  if (a.attnum != b.attnum) return a.attnum < b.attnum ? -1 : 1;
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.range != b.range) return a.range < b.range ? -1 : 1;
  if (a.hash_count != b.hash_count) return a.hash_count < b.hash_count ? -1 : 1;
  for (uint32 i = 0; i < a.hash_count; i++) {
    if (a.hashes[i] != b.hashes[i]) return a.hashes[i] < b.hashes[i] ? -1 : 1;
  }
  const int order = compare_bytes(a.lo, a.lo_size, b.lo, b.lo_size);
  return order != 0 ? order : compare_bytes(a.hi, a.hi_size, b.hi, b.hi_size);
}

bool same_conj(const Conj& a, const Conj& b) {
  if (a.count != b.count) return false;
  for (int i = 0; i < a.count; i++) {
    if (compare_atoms(a.atoms[i], b.atoms[i]) != 0) return false;
  }
  return true;
}

bool same_condition(const Condition& a, const Condition& b) {
  if (a.count != b.count) return false;
  if (a.conjs == b.conjs) return true;
  for (int i = 0; i < a.count; i++) {
    if (!same_conj(a.conjs[i], b.conjs[i])) return false;
  }
  return true;
}

bool implies(const Conj& special, const Conj& general) {
  int i = 0;
  for (int j = 0; j < general.count; j++) {
    while (i < special.count && compare_atoms(special.atoms[i], general.atoms[j]) < 0) i++;
    if (i == special.count || compare_atoms(special.atoms[i], general.atoms[j]) != 0) return false;
  }
  return true;
}

Conj common_atoms(const Conj& a, const Conj& b) {
  Conj common{0, allocate<Atom>(Min(a.count, b.count))};
  for (int i = 0, j = 0; i < a.count && j < b.count;) {
    const int order = compare_atoms(a.atoms[i], b.atoms[j]);
    if (order == 0) common.atoms[common.count++] = a.atoms[i];
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return common;
}

Conj copy_conj(const Conj& conj, MemoryContext context) {
  const MemoryContext before = MemoryContextSwitchTo(context);
  Conj copy{conj.count, allocate<Atom>(conj.count)};
  for (int i = 0; i < conj.count; i++) {
    const Atom& from = conj.atoms[i];
    Atom& to = copy.atoms[i];
    to = from;
    if (from.hash_count > 0) {
      uint64* hashes = allocate<uint64>(static_cast<int>(from.hash_count));
      memcpy(hashes, from.hashes, sizeof(uint64) * from.hash_count);
      to.hashes = hashes;
    }
    if (from.lo_size > 0) {
      uint8* lo = allocate<uint8>(static_cast<int>(from.lo_size));
      memcpy(lo, from.lo, from.lo_size);
      to.lo = lo;
    }
    if (from.hi_size > 0) {
      uint8* hi = allocate<uint8>(static_cast<int>(from.hi_size));
      memcpy(hi, from.hi, from.hi_size);
      to.hi = hi;
    }
  }
  MemoryContextSwitchTo(before);
  return copy;
}

Condition copy_condition(const Condition& condition, MemoryContext context) {
  const MemoryContext before = MemoryContextSwitchTo(context);
  Condition copy{condition.count, allocate<Conj>(condition.count)};
  for (int i = 0; i < condition.count; i++) copy.conjs[i] = copy_conj(condition.conjs[i], context);
  MemoryContextSwitchTo(before);
  return copy;
}

Size conj_size(const Conj& conj) {
  Size size = 2;
  for (int i = 0; i < conj.count; i++) {
    const Atom& atom = conj.atoms[i];
    size += 8 + sizeof(uint64) * atom.hash_count + atom.lo_size + atom.hi_size;
  }
  return size;
}

uint64 conj_digest(const Conj& conj) {
  uint64 digest = static_cast<uint64>(conj.count);
  for (int i = 0; i < conj.count; i++) {
    const Atom& atom = conj.atoms[i];
    digest = hash_combine64(digest, atom.attnum << 16 | static_cast<uint64>(atom.kind) << 8 | atom.range);
    for (uint32 h = 0; h < atom.hash_count; h++) digest = hash_combine64(digest, atom.hashes[h]);
    if (atom.lo_size > 0) digest ^= hash_bytes_extended(atom.lo, static_cast<int>(atom.lo_size), digest);
    if (atom.hi_size > 0) digest ^= hash_bytes_extended(atom.hi, static_cast<int>(atom.hi_size), ~digest);
  }
  return digest;
}

}  // namespace freshet::read_set
