#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "wire/snapshot.h"
#include "wire/transaction.h"

namespace freshet::app {

// Which changes of the table of API keys the stream has told of and the database has not yet been asked about
// at a snapshot that sees them. A change is told of before any snapshot that shows it is published
// (DESIGN "Closure"), so whoever holds a key can be kept waiting from shown() on until it was asked.
// Plain values in and out: no clock, no database.
class KeyChanges {
 public:
  // The table, as the database last named it. Until then every transaction may have changed it.
  void use_table(wire::TableId table) { table_ = table; }

  // A transaction was decoded. Whether it may have changed keys.
  bool decoded(const wire::Transaction& transaction);
  // An epoch's snapshot, which is published only later.
  void opened(const wire::Snapshot& snapshot) { newest_ = snapshot; }
  // A new stream: what was committed before `snapshot` is not told by it.
  void stream_started(const wire::Snapshot& snapshot);

  // The database has answered at this snapshot. `stream`: as streams() was when it was asked.
  void confirmed(const wire::Snapshot& snapshot, std::uint64_t stream);

  // There is something to ask about.
  bool any() const { return missed_ || !pending_.empty(); }
  // What is to be published next may show a change that was not asked about.
  bool shown() const;
  std::uint64_t streams() const { return streams_; }

 private:
  bool touches(const wire::Transaction& transaction) const;

  std::optional<wire::TableId> table_;
  std::set<wire::Xid> pending_;  // no more than the database has backends and unanswered questions
  wire::Snapshot newest_;
  std::uint64_t streams_ = 0;  // that have started
  bool missed_ = true;         // changes, before this stream
};

}  // namespace freshet::app
