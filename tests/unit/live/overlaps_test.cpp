// `overlaps` against what an entry means: rows are known here in full, and a change is told with as much left
// out as a stream may leave out. What the entry's scan sees must never change before a hit.
#include "live/overlaps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "live/index.h"

namespace freshet::live {
namespace {

constexpr wire::Attnum kKey = 1;
constexpr wire::Attnum kColumns = 5;  // the key among them
constexpr wire::TableId kTable = 7;

// A stored value: those with one `value` are equal, and differ as stored by `spelling`.
struct Value {
  bool null = false;
  int value = 0;
  int spelling = 0;
  bool operator==(const Value&) const = default;
};
using FullRow = std::vector<Value>;  // by attnum - 1
using State = std::map<int, FullRow>;

wire::Hash128 hash(int value, int spelling) {
  wire::Hash128 h{};
  h.bytes[0] = static_cast<std::uint8_t>(value);
  h.bytes[1] = static_cast<std::uint8_t>(spelling);
  h.bytes[15] = 1;
  return h;
}

// Keys of several lengths, one a prefix of another.
std::string order_key(int value) {
  return value % 2 == 0 ? std::string(1, static_cast<char>(value / 2))
                        : std::string(1, static_cast<char>(value / 2)) + '\0';
}

bool holds(const wire::Atom& atom, const Value& value) {
  const std::string key = order_key(value.value);
  switch (atom.kind) {
    case wire::AtomKind::kEq:
    case wire::AtomKind::kIn:
      return !value.null && std::count(atom.hashes.begin(), atom.hashes.end(), value.value) > 0;
    case wire::AtomKind::kRange:
      if (value.null) return (atom.range_flags & wire::kRangeNullMatches) != 0;
      if ((atom.range_flags & wire::kRangeHasLo) != 0 &&
          (key < atom.lo || (key == atom.lo && (atom.range_flags & wire::kRangeLoInclusive) == 0)))
        return false;
      return (atom.range_flags & wire::kRangeHasHi) == 0 || key < atom.hi ||
             (key == atom.hi && (atom.range_flags & wire::kRangeHiInclusive) != 0);
    case wire::AtomKind::kIsNull:
      return value.null;
    case wire::AtomKind::kIsNotNull:
      return !value.null;
    case wire::AtomKind::kTest:  // of a row
    case wire::AtomKind::kNever:
      return false;
  }
  return false;
}

// What a test is computed from: TRUE for odd values, FALSE for even ones.
constexpr int kTests = 3;
wire::Attnum input_of(wire::Attnum test) { return 2 + test % wire::kFirstTest % 2; }

bool satisfies(const wire::Entry& entry, const FullRow& row) {
  const auto all = [&](const wire::Conjunction& conjunction) {
    return std::all_of(conjunction.begin(), conjunction.end(), [&](const wire::Atom& atom) {
      if (atom.kind != wire::AtomKind::kTest) return holds(atom, row[atom.attnum - 1]);
      const Value& input = row[input_of(atom.attnum) - 1];
      return !input.null && input.value % 2 == 1;
    });
  };
  return all(entry.fixed) && (entry.alternatives.empty() ||
                              std::any_of(entry.alternatives.begin(), entry.alternatives.end(), all));
}

// What the scan gives to the query: the used columns of the rows that satisfy the entry, and, where the
// physical order matters, when each of them was last written.
using Seen = std::multiset<std::vector<int>>;

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    identity_ = static_cast<Identity>(below(3));
    for (int i = 0; i < 6; ++i) state_[below(8)] = random_row();
    for (auto& [key, row] : state_) row[0] = {false, key, 0};
    for (int i = 0; i < 8; ++i) entries_.push_back(random_entry());
    for (std::size_t i = 0; i < entries_.size(); ++i) remember(i);
  }

  // Makes one transaction; the first entry that it should have hit, or none.
  std::string step() {
    const wire::Transaction transaction = change();
    std::string missed;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const bool hit = overlaps(reads_[i], transaction);
      if (!hit && seen_now(entries_[i]) != seen_[i]) missed = "entry " + std::to_string(i);
      std::set<Owner> found;
      index_.match(transaction, [&](const Hit& each) { found.insert(each.owner); });
      if (found.contains(static_cast<Owner>(i)) != hit)
        return "the index disagrees on entry " + std::to_string(i);
      if (hit) remember(i);
    }
    return missed;
  }

  long hits() const { return hits_; }

 private:
  enum class Identity { kKey, kFull, kNothing };

  int below(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }

  Value random_value() { return {below(6) == 0, below(6), below(4) == 0}; }

  FullRow random_row() {
    FullRow row;
    for (wire::Attnum attnum = 1; attnum <= kColumns; ++attnum) row.push_back(random_value());
    return row;
  }

  wire::Atom random_atom(wire::Attnum attnum) {
    wire::Atom atom;
    atom.attnum = attnum;
    atom.kind = static_cast<wire::AtomKind>(1 + below(below(12) == 0 ? 6 : 5));
    std::set<std::uint64_t> hashes;
    const int count = atom.kind == wire::AtomKind::kIn ? below(4) : 1;
    for (int i = 0; i < count; ++i) hashes.insert(static_cast<std::uint64_t>(below(6)));
    if (atom.kind == wire::AtomKind::kEq || atom.kind == wire::AtomKind::kIn)
      atom.hashes.assign(hashes.begin(), hashes.end());
    if (atom.kind == wire::AtomKind::kRange) {
      atom.range_flags = static_cast<std::uint8_t>(below(32));
      if ((atom.range_flags & wire::kRangeHasLo) != 0) atom.lo = order_key(below(6));
      if ((atom.range_flags & wire::kRangeHasHi) != 0) atom.hi = order_key(below(6));
    }
    return atom;
  }

  // The columns of its conditions are among those used, as the capture sees to.
  wire::Entry random_entry() {
    wire::Entry entry;
    entry.table = kTable;
    if (below(6) == 0) entry.flags |= wire::kEntryOrderDependent;
    if (below(6) == 0) entry.flags |= wire::kEntryAllColumns;
    if (below(2) == 0) entry.flags |= wire::kEntryFingerprints;
    std::set<wire::Attnum> used;
    for (wire::Attnum attnum = 1; attnum <= kColumns; ++attnum)
      if (below(3) == 0) used.insert(attnum);
    const auto conjunction = [&](int most) {
      wire::Conjunction atoms;
      for (int i = below(most + 1); i > 0; --i) {
        if (below(5) == 0) {
          wire::Atom test;
          test.attnum = wire::kFirstTest + static_cast<wire::Attnum>(below(kTests));
          test.kind = wire::AtomKind::kTest;
          used.insert(input_of(test.attnum));
          atoms.push_back(test);
          continue;
        }
        const auto attnum = static_cast<wire::Attnum>(1 + below(kColumns));
        used.insert(attnum);
        atoms.push_back(random_atom(attnum));
      }
      return atoms;
    };
    entry.fixed = conjunction(2);
    for (int i = below(3); i > 0; --i) entry.alternatives.push_back(conjunction(3));
    if (!entry.all_columns()) entry.columns.assign(used.begin(), used.end());
    return entry;
  }

  Seen seen_now(const wire::Entry& entry) const {
    Seen seen;
    for (const auto& [key, row] : state_) {
      if (!satisfies(entry, row)) continue;
      std::vector<int> values;
      for (wire::Attnum attnum = 1; attnum <= kColumns; ++attnum) {
        const bool used =
            entry.all_columns() || std::count(entry.columns.begin(), entry.columns.end(), attnum) > 0;
        const Value& value = row[attnum - 1];
        if (used) values.push_back(value.null ? -1 : value.value * 10 + value.spelling);
      }
      if (entry.order_dependent()) values.push_back(written_.contains(key) ? written_.at(key) : 0);
      seen.insert(values);
    }
    return seen;
  }

  // The query runs (again): its entry gets fingerprints of the rows that are there now.
  void remember(std::size_t which) {
    ++hits_;
    wire::Entry& entry = entries_[which];
    if (!handles_.contains(which)) reads_.resize(entries_.size()), seen_.resize(entries_.size());
    if (handles_.contains(which)) index_.erase(static_cast<Owner>(which), handles_[which]);
    wire::Fingerprints& prints = entry.fingerprints;
    prints = {};
    if (entry.has_fingerprints()) {
      prints.columns = entry.columns;
      for (const auto& [key, row] : state_) {  // ascending, and so are the hashes
        if (!satisfies(entry, row)) continue;
        prints.keys.push_back(hash(key, 0));
        for (wire::Attnum attnum : entry.columns) {
          const Value& value = row[attnum - 1];
          prints.images.push_back(value.null ? wire::kNullImage : hash(value.value, value.spelling));
        }
      }
    }
    reads_[which] = {0, {entry}};
    handles_[which] = index_.insert(static_cast<Owner>(which), reads_[which]);
    seen_[which] = seen_now(entry);
  }

  // Appends what the stream tells of one side.
  void tell(wire::Transaction& out, const FullRow& row, const FullRow* old, bool complete,
            std::uint32_t& begin, std::uint32_t& count) {
    begin = static_cast<std::uint32_t>(out.columns.size());
    for (wire::Attnum attnum = 1; attnum <= kColumns; ++attnum) {
      if (below(12) == 0) continue;  // not announced
      wire::Column column;
      column.attnum = attnum;
      const Value& value = row[attnum - 1];
      if (!complete && attnum != kKey) {
        column.state = wire::ValueState::kUnknown;
      } else if (old != nullptr && value == (*old)[attnum - 1] && below(6) == 0) {
        column.state = wire::ValueState::kUnchanged;
      } else if (value.null) {
        column.state = wire::ValueState::kNull;
      } else {
        column.state = wire::ValueState::kKnown;
        column.parts = static_cast<std::uint8_t>(below(8) == 0 ? below(8) : wire::kPartsAll);
        column.eq = static_cast<std::uint64_t>(value.value);
        column.image = hash(value.value, value.spelling);
        const std::string key = order_key(value.value);
        column.order_begin = static_cast<std::uint32_t>(out.order_bytes.size());
        column.order_size = static_cast<std::uint32_t>(key.size());
        out.order_bytes += key;
      }
      out.columns.push_back(column);
    }
    for (wire::Attnum test = wire::kFirstTest; test < wire::kFirstTest + kTests; ++test) {
      if (below(6) == 0 || !complete) continue;  // not announced, or not to be computed
      const Value& input = row[input_of(test) - 1];
      wire::Column column;
      column.attnum = test;
      column.state = input.null ? wire::ValueState::kNull : wire::ValueState::kKnown;
      column.parts = input.null ? 0 : static_cast<std::uint8_t>(wire::kPartEq);
      column.eq = input.value % 2 == 1 ? 1 : 0;
      out.columns.push_back(column);
    }
    count = static_cast<std::uint32_t>(out.columns.size()) - begin;
  }

  void one_row(wire::Transaction& out) {
    wire::Row row;
    row.table = kTable;
    const int key = below(8);
    const auto at = state_.find(key);
    const bool keyed = identity_ != Identity::kNothing;
    if (at == state_.end()) {
      FullRow added = random_row();
      added[0] = {false, key, 0};
      tell(out, added, nullptr, true, row.new_begin, row.new_count);
      row.kind = wire::RowKind::kInsert;
      if (keyed) row.flags |= wire::kRowNewKey;
      row.new_key = hash(key, 0);
      state_[key] = added;
      written_[key] = ++clock_;
    } else {
      const FullRow old = at->second;
      if (keyed) {
        row.flags |= wire::kRowOldKey | (identity_ == Identity::kFull ? wire::kRowOldComplete : 0);
        tell(out, old, nullptr, identity_ == Identity::kFull, row.old_begin, row.old_count);
      }
      row.old_key = hash(key, 0);
      state_.erase(at);
      row.kind = wire::RowKind::kDelete;
      if (below(3) != 0) {
        FullRow changed = old;
        for (int i = below(3); i > 0; --i)
          changed[static_cast<std::size_t>(1 + below(kColumns - 1))] = random_value();
        const int new_key = below(6) == 0 ? below(8) : key;
        const bool free = !state_.contains(new_key);
        changed[0] = {false, free ? new_key : key, 0};
        tell(out, changed, &old, true, row.new_begin, row.new_count);
        row.kind = wire::RowKind::kUpdate;
        if (keyed) row.flags |= wire::kRowNewKey;
        row.new_key = hash(changed[0].value, 0);
        state_[changed[0].value] = changed;
        written_[changed[0].value] = ++clock_;
      }
    }
    out.rows.push_back(row);
  }

  wire::Transaction change() {
    wire::Transaction out;
    out.xid = 1;
    for (int i = 1 + (below(4) == 0 ? below(4) : 0); i > 0; --i) one_row(out);
    return out;
  }

  std::mt19937_64 random_;
  Identity identity_;
  State state_;
  std::map<int, int> written_;  // when each row was last written
  int clock_ = 0;
  std::vector<wire::Entry> entries_;
  std::vector<wire::ReadSet> reads_;
  std::vector<Seen> seen_;
  Index index_;
  std::map<std::size_t, Index::Handle> handles_;
  long hits_ = 0;
};

TEST(Overlaps, NeverMissesWhatAStreamMayLeaveUntold) {
  constexpr std::uint64_t kSeeds = 500;
  constexpr int kSteps = 100;
  const char* given = std::getenv("FRESHET_SEED");
  const std::uint64_t first = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
  for (std::uint64_t seed = first; seed < first + (given == nullptr ? kSeeds : 1); ++seed) {
    World world(seed);
    for (int step = 0; step < kSteps; ++step)
      ASSERT_EQ(world.step(), "") << "seed " << seed << " step " << step;
  }
}

}  // namespace
}  // namespace freshet::live
