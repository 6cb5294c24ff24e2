#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "live/actions.h"
#include "live/limits.h"
#include "wire/read_set.h"

namespace freshet::live {

// Which tables, columns and parts the read sets in the index need, and what the plugin was told. Only an
// optimisation: what is not announced is reported table-wide or as unknown. One message is under way at a
// time.
class Interest {
 public:
  explicit Interest(const Limits& limits) : limits_(limits) {}

  void add(const wire::ReadSet& read_set);
  void remove(base::TimePoint now, const wire::ReadSet& read_set);

  // A new stream knows nothing.
  void forget_announced();
  void confirmed(std::uint64_t version);

  // What is to be sent now, if anything.
  std::optional<SendInterest> next(base::TimePoint now);
  std::optional<base::TimePoint> next_deadline() const;

 private:
  struct WantedColumn {
    std::array<std::size_t, 4> counts{};  // how many need eq, order, image; and at all
    std::string expression;               // of a test
  };
  struct Wanted {
    std::size_t entries = 0;
    std::map<wire::Attnum, WantedColumn> columns;
  };
  using Columns = std::vector<WatchedColumn>;

  void count(const wire::Entry& entry, std::ptrdiff_t by);
  // Those of a table that are announced, as many as may be. What was announced stays, so that queries that
  // come beyond that do not make the table announced anew each time.
  std::set<wire::Attnum> chosen_tests(const Wanted& wanted, const Columns& announced) const;
  Columns columns_of(const Wanted& wanted, const Columns& announced) const;
  static bool covers(const Columns& announced, const Columns& wanted);

  const Limits& limits_;
  std::unordered_map<wire::TableId, Wanted> wanted_;
  std::map<wire::TableId, Columns> announced_;
  std::set<wire::TableId> grown_;                        // may need to be announced (anew)
  std::map<wire::TableId, base::TimePoint> idle_since_;  // announced and wanted by nobody
  bool replace_ = true;
  bool lost_ = false;  // the plugin may have tables announced that nobody here knows of
  std::uint64_t version_ = 0;
  std::uint64_t confirmed_ = 0;
  base::TimePoint sent_at_{};
};

}  // namespace freshet::live
