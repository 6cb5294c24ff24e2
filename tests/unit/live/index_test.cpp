#include "live/index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "live/interval_set.h"
#include "live/overlaps.h"

namespace freshet::live {
namespace {

wire::Hash128 hash(int value) {
  wire::Hash128 h{};
  h.bytes[0] = static_cast<std::uint8_t>(value);
  h.bytes[9] = 1;
  return h;
}

std::string key(int value) { return std::string(1, static_cast<char>(value)); }

// Read sets and changes over few values, so that everything meets everything, with unknowns and nulls
// everywhere.
class Chance {
 public:
  // Every third seed has more columns than an index looks up at once.
  explicit Chance(std::uint64_t seed) : random_(seed), columns_(seed % 3 == 0 ? 11 : 4) {}
  int below(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }

  wire::Atom atom() {
    wire::Atom atom;
    atom.attnum = static_cast<wire::Attnum>(1 + below(columns_));
    atom.kind = static_cast<wire::AtomKind>(1 + below(below(6) == 0 ? 7 : 3));
    if (atom.kind == wire::AtomKind::kEq) atom.hashes = {static_cast<std::uint64_t>(below(4))};
    if (atom.kind == wire::AtomKind::kIn) {
      std::set<std::uint64_t> hashes;
      for (int i = below(below(8) == 0 ? 40 : 4); i > 0; --i)
        hashes.insert(static_cast<std::uint64_t>(below(i > 4 ? 200 : 4)));
      atom.hashes.assign(hashes.begin(), hashes.end());
    }
    if (atom.kind == wire::AtomKind::kRange) {
      atom.range_flags = static_cast<std::uint8_t>(below(32));
      if ((atom.range_flags & wire::kRangeHasLo) != 0) atom.lo = key(below(6));
      if ((atom.range_flags & wire::kRangeHasHi) != 0) atom.hi = key(below(6));
    }
    return atom;
  }

  wire::Entry entry() {
    wire::Entry entry;
    entry.table = static_cast<wire::TableId>(1 + below(2));
    if (below(5) == 0) entry.flags |= wire::kEntryOrderDependent;
    if (below(5) == 0) entry.flags |= wire::kEntryAllColumns;
    if (!entry.all_columns()) {
      for (wire::Attnum attnum = 1; attnum <= static_cast<wire::Attnum>(columns_); ++attnum) {
        if (below(2) == 0) entry.columns.push_back(attnum);
      }
    }
    const int most = columns_ > 4 ? 12 : 3;
    for (int i = below(most); i > 0; --i) entry.fixed.push_back(atom());
    for (int i = below(4); i > 0; --i) {
      wire::Conjunction alternative;
      for (int j = below(3); j > 0; --j) alternative.push_back(atom());
      entry.alternatives.push_back(alternative);
    }
    if (below(3) == 0) {
      entry.flags |= wire::kEntryFingerprints;
      entry.fingerprints.columns = entry.columns;
      std::set<int> keys;
      for (int i = below(4); i > 0; --i) keys.insert(below(6));
      for (int k : keys) {
        entry.fingerprints.keys.push_back(hash(k));
        for (std::size_t i = 0; i < entry.columns.size(); ++i)
          entry.fingerprints.images.push_back(hash(below(3)));
      }
    }
    return entry;
  }

  void tuple(wire::Transaction& out, bool is_new, std::uint32_t& begin, std::uint32_t& count) {
    begin = static_cast<std::uint32_t>(out.columns.size());
    for (wire::Attnum attnum = 1; attnum <= static_cast<wire::Attnum>(columns_); ++attnum) {
      if (below(6) == 0) continue;
      wire::Column column;
      column.attnum = attnum;
      column.state = static_cast<wire::ValueState>(below(3) != 0 ? 2 : below(is_new ? 4 : 3));
      if (column.state == wire::ValueState::kKnown) {
        column.parts = static_cast<std::uint8_t>(below(4) == 0 ? below(8) : wire::kPartsAll);
        const int value = below(5);
        column.eq = static_cast<std::uint64_t>(value % 4);
        column.image = hash(below(3));
        column.order_begin = static_cast<std::uint32_t>(out.order_bytes.size());
        column.order_size = 1;
        out.order_bytes += key(value);
      }
      out.columns.push_back(column);
    }
    count = static_cast<std::uint32_t>(out.columns.size()) - begin;
  }

  wire::Transaction transaction() {
    wire::Transaction out;
    out.xid = 1;
    for (int i = 1 + below(2); i > 0; --i) {
      wire::Row row;
      row.table = static_cast<wire::TableId>(1 + below(2));
      const int kind = below(3);
      row.kind = kind == 0   ? wire::RowKind::kInsert
                 : kind == 1 ? wire::RowKind::kUpdate
                             : wire::RowKind::kDelete;
      if (kind != 0) tuple(out, false, row.old_begin, row.old_count);
      if (kind != 2) tuple(out, true, row.new_begin, row.new_count);
      if (kind != 0 && below(3) != 0) {
        row.flags |= wire::kRowOldKey;
        row.old_key = hash(below(6));
      }
      if (kind != 2 && below(3) != 0) {
        row.flags |= wire::kRowNewKey;
        row.new_key = below(2) == 0 ? row.old_key : hash(below(6));
      }
      out.rows.push_back(row);
    }
    if (below(20) == 0)
      out.tables.push_back({static_cast<wire::TableId>(1 + below(2)), wire::TableReason::kTruncate});
    if (below(100) == 0) out.everything = true;
    return out;
  }

 private:
  std::mt19937_64 random_;
  int columns_;
};

TEST(Index, FindsExactlyWhatOverlapsSays) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Chance chance(seed);
    Index index;
    std::vector<wire::ReadSet> read_sets(40);
    std::vector<Index::Handle> handles(read_sets.size());
    std::vector<bool> in(read_sets.size(), false);
    for (int step = 0; step < 120; ++step) {
      const std::size_t which = static_cast<std::size_t>(chance.below(static_cast<int>(read_sets.size())));
      if (in[which]) {
        index.erase(static_cast<Owner>(which), handles[which]);
      } else {
        wire::ReadSet read_set;
        if (chance.below(30) == 0) read_set.flags = wire::kReadEverything;
        for (int i = 1 + chance.below(2); i > 0; --i) read_set.entries.push_back(chance.entry());
        read_sets[which] = read_set;
        handles[which] = index.insert(static_cast<Owner>(which), read_sets[which]);
      }
      in[which] = !in[which];
      const wire::Transaction transaction = chance.transaction();
      std::multiset<Owner> found;
      index.match(transaction, [&](const Hit& hit) { found.insert(hit.owner); });
      std::multiset<Owner> expected;
      for (std::size_t i = 0; i < read_sets.size(); ++i) {
        if (in[i] && overlaps(read_sets[i], transaction)) expected.insert(static_cast<Owner>(i));
      }
      ASSERT_EQ(found, expected) << "seed " << seed << " step " << step;
    }
  }
}

TEST(IntervalSet, AnswersAsALinearSearchDoes) {
  Chance chance(7);
  IntervalSet set;
  std::map<std::uint32_t, Interval> known;
  for (std::uint32_t step = 0; step < 4000; ++step) {
    if (chance.below(3) == 0 && !known.empty()) {
      const auto at = std::next(known.begin(), chance.below(static_cast<int>(known.size())));
      set.erase(at->second, {at->first, 0});
      known.erase(at);
    } else {
      Interval interval{
          chance.below(4) != 0, chance.below(2) == 0, chance.below(4) != 0, chance.below(2) == 0, {}, {}};
      if (interval.has_lo) interval.lo = key(chance.below(100));
      if (interval.has_hi) interval.hi = key(chance.below(100));
      set.insert(interval, {step, 0});
      known[step] = interval;
    }
    const std::string wanted = key(chance.below(100));
    std::set<std::uint32_t> found, expected;
    set.containing(wanted, [&](Posting posting) { found.insert(posting.entry); });
    for (const auto& [id, interval] : known) {
      const bool above =
          !interval.has_lo || interval.lo < wanted || (interval.lo == wanted && interval.lo_inclusive);
      const bool below =
          !interval.has_hi || wanted < interval.hi || (interval.hi == wanted && interval.hi_inclusive);
      if (above && below) expected.insert(id);
    }
    ASSERT_EQ(found, expected) << "step " << step;
  }
}

// One row of table 1 whose column 1 goes from one (equality, image) to another.
wire::Transaction update(std::uint64_t old_eq, int old_image, std::uint64_t new_eq, int new_image) {
  wire::Transaction out;
  out.columns.push_back(
      {1, wire::ValueState::kKnown, wire::kPartEq | wire::kPartImage, 0, 0, old_eq, hash(old_image)});
  out.columns.push_back(
      {1, wire::ValueState::kKnown, wire::kPartEq | wire::kPartImage, 0, 0, new_eq, hash(new_image)});
  out.rows.push_back({1, wire::RowKind::kUpdate, 0, {}, {}, 0, 1, 1, 1});
  return out;
}

TEST(Overlaps, AnEqualValueOfAnotherSpellingIsAChange) {
  const wire::Entry entry{1, 0, {1}, {{1, wire::AtomKind::kEq, 0, {5}, {}, {}}}, {}, {}};
  const wire::Transaction spelling = update(5, 1, 5, 2);
  EXPECT_TRUE(overlaps(entry, spelling, spelling.rows[0]));
  const wire::Transaction nothing = update(5, 1, 5, 1);
  EXPECT_FALSE(overlaps(entry, nothing, nothing.rows[0]));
}

TEST(Overlaps, AnyUpdateOfAMatchingRowHitsWhatDependsOnOrder) {
  const wire::Entry entry{1, wire::kEntryOrderDependent, {1}, {}, {}, {}};
  const wire::Transaction nothing = update(5, 1, 5, 1);
  EXPECT_TRUE(overlaps(entry, nothing, nothing.rows[0]));
}

TEST(Overlaps, ANullThatTheRunSawIsUnchangedByTheKeyAlone) {
  wire::Entry entry{1, wire::kEntryFingerprints, {1}, {}, {}, {}};
  entry.fingerprints.columns = {1};
  entry.fingerprints.keys = {hash(7)};
  entry.fingerprints.images = {wire::kNullImage};
  wire::Transaction still_null;
  still_null.columns.push_back({1, wire::ValueState::kNull, 0, 0, 0, 0, {}});
  still_null.rows.push_back(
      {1, wire::RowKind::kUpdate, wire::kRowOldKey | wire::kRowNewKey, hash(7), hash(7), 0, 0, 0, 1});
  EXPECT_FALSE(overlaps(entry, still_null, still_null.rows[0]));
  entry.fingerprints.images = {hash(1)};
  EXPECT_TRUE(overlaps(entry, still_null, still_null.rows[0]));
}

}  // namespace
}  // namespace freshet::live
