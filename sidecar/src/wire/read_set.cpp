#include "wire/read_set.h"

#include <algorithm>
#include <cstring>

namespace freshet::wire {
namespace {

constexpr std::uint64_t kKnownFlags = 2 * kReadVoid - 1;
constexpr std::uint8_t kKnownEntryFlags = kEntryOrderDependent | kEntryAllColumns | kEntryFingerprints;
constexpr std::uint8_t kKnownRangeFlags =
    kRangeHasLo | kRangeLoInclusive | kRangeHasHi | kRangeHiInclusive | kRangeNullMatches;

base::Error malformed() {
  return base::Error(base::ErrorCode::kInternal, "malformed read set from the database");
}

std::string text(Bytes bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Atom read_atom(Cursor& in) {
  Atom atom;
  atom.attnum = in.var();
  atom.kind = static_cast<AtomKind>(in.u8());
  switch (atom.kind) {
    case AtomKind::kEq:
      atom.hashes.push_back(in.u64());
      break;
    case AtomKind::kIn: {
      const std::uint64_t n = in.count(8);
      atom.hashes.reserve(n);
      for (std::uint64_t i = 0; i < n && in.ok(); ++i) atom.hashes.push_back(in.u64());
      if (!std::is_sorted(atom.hashes.begin(), atom.hashes.end())) in.fail();
      break;
    }
    case AtomKind::kRange:
      atom.range_flags = in.u8();
      if ((atom.range_flags & ~kKnownRangeFlags) != 0) in.fail();
      if ((atom.range_flags & kRangeHasLo) != 0) atom.lo = text(in.bytes());
      if ((atom.range_flags & kRangeHasHi) != 0) atom.hi = text(in.bytes());
      break;
    case AtomKind::kTest: {
      const Bytes expression = in.bytes();
      if (!is_test(atom.attnum) || expression.size() > kMaxTestBytes) in.fail();
      atom.expression = text(expression);
      break;
    }
    case AtomKind::kIsNull:
    case AtomKind::kIsNotNull:
    case AtomKind::kNever:
      break;
    default:
      in.fail();
  }
  return atom;
}

Conjunction read_conjunction(Cursor& in) {
  const std::uint64_t n = in.count(2);
  Conjunction conjunction;
  conjunction.reserve(n);
  for (std::uint64_t i = 0; i < n && in.ok(); ++i) conjunction.push_back(read_atom(in));
  return conjunction;
}

std::vector<Attnum> read_attnums(Cursor& in) {
  const std::uint64_t n = in.count(1);
  std::vector<Attnum> attnums;
  attnums.reserve(n);
  for (std::uint64_t i = 0; i < n && in.ok(); ++i) attnums.push_back(in.var());
  if (!std::is_sorted(attnums.begin(), attnums.end())) in.fail();
  return attnums;
}

bool key_less(const Hash128& a, const Hash128& b) {
  return std::memcmp(a.bytes, b.bytes, sizeof a.bytes) < 0;
}

Fingerprints read_fingerprints(Cursor& in) {
  Fingerprints prints;
  prints.columns = read_attnums(in);
  const std::size_t width = prints.columns.size();
  const std::uint64_t n = in.count(sizeof(Hash128) * (1 + width));
  struct Print {
    Hash128 key;
    std::size_t images;
  };
  std::vector<Print> order;
  std::vector<Hash128> images;
  order.reserve(n);
  images.reserve(n * width);
  for (std::uint64_t i = 0; i < n && in.ok(); ++i) {
    order.push_back({in.h128(), images.size()});
    for (std::size_t column = 0; column < width; ++column) images.push_back(in.h128());
  }
  if (!in.ok()) return {};
  std::sort(order.begin(), order.end(),
            [](const Print& a, const Print& b) { return key_less(a.key, b.key); });
  prints.keys.reserve(n);
  prints.images.reserve(n * width);
  for (const Print& print : order) {
    prints.keys.push_back(print.key);
    prints.images.insert(prints.images.end(), images.begin() + print.images,
                         images.begin() + print.images + width);
  }
  return prints;
}

Entry read_entry(Cursor& in) {
  Entry entry;
  entry.table = in.var();
  entry.flags = in.u8();
  if ((entry.flags & ~kKnownEntryFlags) != 0) in.fail();
  if (!entry.all_columns()) entry.columns = read_attnums(in);
  entry.fixed = read_conjunction(in);
  const std::uint64_t n = in.count(1);
  entry.alternatives.reserve(n);
  for (std::uint64_t i = 0; i < n && in.ok(); ++i) entry.alternatives.push_back(read_conjunction(in));
  if (entry.has_fingerprints()) entry.fingerprints = read_fingerprints(in);
  return entry;
}

std::size_t bytes_of(const Conjunction& conjunction) {
  std::size_t sum = conjunction.capacity() * sizeof(Atom);
  for (const Atom& atom : conjunction)
    sum += atom.hashes.capacity() * 8 + atom.lo.size() + atom.hi.size() + atom.expression.size();
  return sum;
}

}  // namespace

std::size_t ReadSet::bytes() const {
  std::size_t sum = sizeof(*this) + entries.capacity() * sizeof(Entry);
  for (const Entry& entry : entries) {
    sum += entry.columns.capacity() * sizeof(Attnum) + bytes_of(entry.fixed);
    for (const Conjunction& alternative : entry.alternatives)
      sum += sizeof(alternative) + bytes_of(alternative);
    sum += (entry.fingerprints.keys.size() + entry.fingerprints.images.size()) * sizeof(Hash128);
  }
  return sum;
}

base::Result<ReadSet> decode_read_set(Bytes bytes) {
  Cursor in(bytes);
  if (in.u8() != kReadSetVersion) return malformed();
  const std::uint64_t flags = in.var();
  ReadSet read_set;
  read_set.flags = static_cast<std::uint32_t>(flags & kKnownFlags);
  if ((flags & ~kKnownFlags) != 0) read_set.flags |= kReadEverything;
  const std::uint64_t n = in.count(4);
  read_set.entries.reserve(n);
  for (std::uint64_t i = 0; i < n && in.ok(); ++i) read_set.entries.push_back(read_entry(in));
  if (!in.ok() || !in.at_end()) return malformed();
  return read_set;
}

}  // namespace freshet::wire
