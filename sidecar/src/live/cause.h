#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "live/events.h"
#include "wire/read_set.h"
#include "wire/transaction.h"

namespace freshet::live {

// Which change of which row touched a live query, and which of its conditions the row met. Immutable.
struct RowCause {
  wire::RowKind kind = wire::RowKind::kInsert;
  std::vector<wire::Attnum>
      changed;                // of an update: announced columns, but for those known to have kept their value
  wire::Conjunction matched;  // without the hashes of `in` lists
  bool returned = false;      // a row that the query had returned, known by its fingerprint
  bool order_dependent = false;
};

// Why a live query was run again. No values of rows: these never reach the gateway.
struct Cause {
  enum class Kind : std::uint8_t { kFirst, kRow, kTable, kEverything, kExpired, kStream, kRetry };
  Kind kind = Kind::kFirst;
  wire::Xid xid = 0;
  std::int64_t committed = 0;  // µs since 1970; 0: by no transaction
  std::uint64_t lsn = 0;
  wire::TableId table = 0;
  EpochNumber epoch = 0;                                    // at which it ran
  base::TimePoint at{};                                     // when that was begun
  bool ddl = false;                                         // kEverything, because the catalog changed
  bool unknown_value = false;                               // a value that was not logged might have matched
  wire::TableReason reason = wire::TableReason::kTruncate;  // kTable: why not row by row
  std::shared_ptr<const RowCause> row;                      // kRow

  Cause() = default;
  explicit Cause(Kind kind) : kind(kind) {}
  Cause(Kind kind, const wire::Transaction& transaction)
      : kind(kind),
        xid(transaction.xid),
        committed(transaction.commit_time),
        lsn(transaction.lsn),
        ddl(transaction.ddl) {}
};

struct Hit;

// Of what the index found.
Cause cause_of(const Hit& hit, const wire::Transaction& transaction);
// Of a read set that the transaction overlaps: the first entry and change that do.
Cause cause_of(const wire::ReadSet& read_set, const wire::Transaction& transaction);

}  // namespace freshet::live
