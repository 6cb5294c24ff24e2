#include "live/interest.h"

#include <algorithm>

namespace freshet::live {
namespace {

constexpr std::size_t kAtAll = 3;

}  // namespace

void Interest::count(const wire::Entry& entry, std::ptrdiff_t by) {
  Wanted& wanted = wanted_[entry.table];
  wanted.entries += by;
  const auto need = [&](wire::Attnum attnum, std::size_t part) {
    WantedColumn& column = wanted.columns[attnum];
    column.counts[kAtAll] += by;
    if (part != kAtAll) column.counts[part] += by;
    if (column.counts[kAtAll] == 0) wanted.columns.erase(attnum);
  };
  const auto need_test = [&](const wire::Atom& atom) {
    if (by > 0) wanted.columns[atom.attnum].expression = atom.expression;
    need(atom.attnum, 0);
  };
  const auto need_atoms = [&](const wire::Conjunction& conjunction) {
    for (const wire::Atom& atom : conjunction) {
      if (atom.kind == wire::AtomKind::kEq || atom.kind == wire::AtomKind::kIn) need(atom.attnum, 0);
      if (atom.kind == wire::AtomKind::kRange) need(atom.attnum, 1);
      if (atom.kind == wire::AtomKind::kIsNull || atom.kind == wire::AtomKind::kIsNotNull)
        need(atom.attnum, kAtAll);
      if (atom.kind == wire::AtomKind::kTest) need_test(atom);
    }
  };
  need_atoms(entry.fixed);
  for (const wire::Conjunction& alternative : entry.alternatives) need_atoms(alternative);
  // With every column in use no update can be spared, so no image is of use.
  if (!entry.all_columns() && !entry.order_dependent()) {
    for (wire::Attnum attnum : entry.columns) need(attnum, 2);
  }
  if (wanted.entries == 0) wanted_.erase(entry.table);
}

void Interest::add(const wire::ReadSet& read_set) {
  if (read_set.everything()) return;
  for (const wire::Entry& entry : read_set.entries) {
    count(entry, 1);
    grown_.insert(entry.table);
    idle_since_.erase(entry.table);
  }
}

void Interest::remove(base::TimePoint now, const wire::ReadSet& read_set) {
  if (read_set.everything()) return;
  for (const wire::Entry& entry : read_set.entries) {
    count(entry, -1);
    if (!wanted_.contains(entry.table) && announced_.contains(entry.table))
      idle_since_.try_emplace(entry.table, now);
  }
}

void Interest::forget_announced() {
  announced_.clear();
  idle_since_.clear();
  grown_.clear();
  for (const auto& [table, wanted] : wanted_) grown_.insert(table);
  confirmed_ = version_;
  replace_ = true;
  lost_ = false;
}

void Interest::confirmed(std::uint64_t version) {
  confirmed_ = std::max(confirmed_, std::min(version, version_));
}

std::set<wire::Attnum> Interest::chosen_tests(const Wanted& wanted, const Columns& announced) const {
  std::set<wire::Attnum> chosen;
  for (const WatchedColumn& column : announced) {
    if (wire::is_test(column.attnum) && wanted.columns.contains(column.attnum)) chosen.insert(column.attnum);
  }
  // Tests have the highest numbers.
  for (auto at = wanted.columns.lower_bound(wire::kFirstTest);
       at != wanted.columns.end() && chosen.size() < limits_.tests_per_table; ++at)
    chosen.insert(at->first);
  return chosen;
}

Interest::Columns Interest::columns_of(const Wanted& wanted, const Columns& announced) const {
  const std::set<wire::Attnum> tests = chosen_tests(wanted, announced);
  Columns columns;
  for (const auto& [attnum, column] : wanted.columns) {
    if (wire::is_test(attnum) && !tests.contains(attnum)) continue;
    std::uint8_t parts = 0;
    for (int part = 0; part < 3; ++part) parts |= column.counts[part] > 0 ? 1 << part : 0;
    columns.push_back({attnum, parts, column.expression});
  }
  return columns;
}

bool Interest::covers(const Columns& announced, const Columns& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const WatchedColumn& column) {
    return std::any_of(announced.begin(), announced.end(), [&](const WatchedColumn& had) {
      return had.attnum == column.attnum && (had.parts & column.parts) == column.parts;
    });
  });
}

std::optional<SendInterest> Interest::next(base::TimePoint now) {
  if (confirmed_ < version_) {
    if (now < sent_at_ + limits_.interest_timeout) return std::nullopt;
    // Lost on its way: say everything again, since nobody knows what the plugin has.
    forget_announced();
    lost_ = true;
  }
  SendInterest send;
  for (wire::TableId table : grown_) {
    const auto wanted = wanted_.find(table);
    if (wanted == wanted_.end()) continue;
    const auto announced = announced_.find(table);
    Columns columns =
        columns_of(wanted->second, announced != announced_.end() ? announced->second : Columns{});
    if (announced != announced_.end() && covers(announced->second, columns)) continue;
    send.watch.push_back({table, columns});
    announced_[table] = std::move(columns);
  }
  grown_.clear();
  for (auto at = idle_since_.begin(); at != idle_since_.end();) {
    if (now < at->second + limits_.interest_idle) {
      ++at;
      continue;
    }
    send.unwatch.push_back(at->first);
    announced_.erase(at->first);
    at = idle_since_.erase(at);
  }
  if (send.watch.empty() && send.unwatch.empty() && !lost_) return std::nullopt;
  lost_ = false;
  send.replace = replace_;
  replace_ = false;
  send.version = ++version_;
  sent_at_ = now;
  return send;
}

std::optional<base::TimePoint> Interest::next_deadline() const {
  std::optional<base::TimePoint> soonest;
  if (confirmed_ < version_) soonest = sent_at_ + limits_.interest_timeout;
  for (const auto& [table, since] : idle_since_) {
    const auto due = since + limits_.interest_idle;
    if (confirmed_ == version_ && (!soonest || due < *soonest)) soonest = due;
  }
  return soonest;
}

}  // namespace freshet::live
