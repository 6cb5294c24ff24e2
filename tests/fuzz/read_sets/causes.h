#pragma once

#include <string>
#include <vector>

#include "wire/read_set.h"

namespace freshet::fuzz {

// Why a read set hit, from what nothing could avoid down to what a sharper read set would: of all reasons the
// one that is hardest to avoid, since the others alone would not have spared the run.
enum class Cause : std::uint8_t {
  kTable,        // TRUNCATE and its like
  kEverything,   // the capture gave up
  kInserted,     // an inserted row satisfies the entry
  kReadDeleted,  // a row that was read is gone
  kReadChanged,  // a used column of a row that was read has another value
  kMovedIn,      // an update makes a row satisfy the entry that was not read before
  kFullRow,      // old row known and no fingerprints: a used column changed in a row that satisfies the entry
  kOrder,        // nothing that is used changed, but the entry depends on physical order
  kAllColumns,   // entry that uses all columns, by a row that was read
  kNullImage,    // used columns are the same as far as they have images; a null has none
  kNoIdentity,   // old row unknown: the table has no identity, or its key was not logged
  kNoFingerprints  // old row unknown but for its key, and the entry carries no fingerprints
};
inline constexpr int kCauses = 12;

const char* name_of(Cause cause);

struct Reason {
  Cause cause = Cause::kEverything;
  wire::TableId table = 0;
  bool whole = false;  // the entry has no condition at all
};

// Of a read set that `overlaps` one of the transactions.
Reason reason_of(const wire::ReadSet& reads, const std::vector<wire::Transaction>& transactions);

}  // namespace freshet::fuzz
