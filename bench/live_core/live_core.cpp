// What one decoded change costs the live core's matcher, by number of live queries: W1's shape (one list per
// channel, newest rows by time) and W3's (changes that nobody reads). Prints one line per case.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "live/index.h"

namespace {

using namespace freshet;

std::string order_key(std::uint64_t value) {
  std::string key(8, '\0');
  for (int i = 0; i < 8; ++i) key[i] = static_cast<char>(value >> (56 - 8 * i));
  return key;
}

wire::Column column(wire::Transaction& out, wire::Attnum attnum, std::uint64_t value) {
  wire::Column column;
  column.attnum = attnum;
  column.state = wire::ValueState::kKnown;
  column.parts = wire::kPartsAll;
  column.eq = value;
  column.order_begin = static_cast<std::uint32_t>(out.order_bytes.size());
  column.order_size = 8;
  out.order_bytes += order_key(value);
  return column;
}

wire::Transaction insert(std::uint64_t table, std::uint64_t channel, std::uint64_t time) {
  wire::Transaction out;
  out.columns.push_back(column(out, 1, channel));
  out.columns.push_back(column(out, 2, time));
  out.rows.push_back({table, wire::RowKind::kInsert, 0, {}, {}, 0, 0, 0, 2});
  return out;
}

// `channels` channels with `pages` ranges of time each.
void measure(const char* name, std::uint64_t channels, std::uint64_t pages, std::uint64_t changed_table,
             int changes) {
  std::vector<wire::ReadSet> read_sets;
  read_sets.reserve(channels * pages);
  for (std::uint64_t channel = 0; channel < channels; ++channel) {
    for (std::uint64_t page = 0; page < pages; ++page) {
      wire::Entry entry{1, 0, {1, 2, 3}, {{1, wire::AtomKind::kEq, 0, {channel}, {}, {}}}, {}, {}};
      wire::Atom range{
          2, wire::AtomKind::kRange, wire::kRangeHasLo | wire::kRangeLoInclusive | wire::kRangeHasHi, {}, {},
          {}};
      range.lo = order_key(page * 100);
      range.hi = order_key(page * 100 + 100);
      entry.fixed.push_back(range);
      read_sets.push_back({0, {entry}});
    }
  }
  live::Index index;
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < read_sets.size(); ++i) index.insert(static_cast<live::Owner>(i), read_sets[i]);
  const auto filled = std::chrono::steady_clock::now();
  std::uint64_t hits = 0;
  for (int i = 0; i < changes; ++i) {
    const std::uint64_t mixed = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15ULL >> 20;
    index.match(insert(changed_table, mixed % channels, mixed / channels % (pages * 100)),
                [&](const live::Hit&) { ++hits; });
  }
  const auto ended = std::chrono::steady_clock::now();
  using Microseconds = std::chrono::duration<double, std::micro>;
  std::printf("%-28s %8zu live queries  insert %6.2f us  change %6.2f us  hits/change %.2f\n", name,
              read_sets.size(), Microseconds(filled - began).count() / static_cast<double>(read_sets.size()),
              Microseconds(ended - filled).count() / changes, static_cast<double>(hits) / changes);
}

}  // namespace

int main() {
  constexpr int kChanges = 100'000;
  for (std::uint64_t channels : {1'000, 10'000, 100'000})
    measure("one page per channel", channels, 1, 1, kChanges);
  measure("100,000 pages of one channel", 1, 100'000, 1, kChanges);
  for (std::uint64_t channels : {1'000, 100'000}) measure("another table", channels, 1, 2, kChanges);
}
