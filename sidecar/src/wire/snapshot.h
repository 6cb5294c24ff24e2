#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace freshet::wire {

using Xid = std::uint64_t;  // 64-bit, as pg_snapshot and the change sets have them

// A pg_snapshot. Only top-level xids may be asked about: Postgres lists no subtransactions, so one of a
// running transaction looks visible here as it does in the database.
class Snapshot {
 public:
  Snapshot() = default;
  Snapshot(Xid xmin, Xid xmax, std::vector<Xid> in_progress);

  // "xmin:xmax:xip,xip…", ascending; anything else is `internal`.
  static base::Result<Snapshot> parse(std::string_view text);

  bool sees(Xid xid) const;
  Xid xmin() const { return xmin_; }
  Xid xmax() const { return xmax_; }
  std::string text() const;

  bool operator==(const Snapshot&) const = default;

 private:
  Xid xmin_ = 0;  // everything below is visible
  Xid xmax_ = 0;  // nothing from here on is
  std::vector<Xid> in_progress_;
};

enum class Fate : std::uint8_t { kCommitted, kAborted, kInProgress };

struct XidFate {
  Xid xid;
  Fate fate;
};

// Ordinal 0 of freshet.run_queries (docs/sql-interface.md).
struct SnapshotRow {
  Snapshot snapshot;
  std::optional<std::vector<XidFate>> fates;  // absent: too many, or none were asked for
  std::string exported;                       // empty: not exported
  std::string system;                         // "systemid/timeline"
};
base::Result<SnapshotRow> parse_snapshot_row(std::string_view json);

}  // namespace freshet::wire
