#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "freshet_wire/bytes.hpp"
#include "freshet_wire/read_set.hpp"
#include "wire/transaction.h"

namespace freshet::wire {

// One condition on one column. `hashes` ascend (one for kEq). Bounds are order keys, compared as bytes.
struct Atom {
  Attnum attnum = 0;
  AtomKind kind = AtomKind::kNever;
  std::uint8_t range_flags = 0;
  std::vector<std::uint64_t> hashes;
  std::string lo;
  std::string hi;
  std::string expression{};  // of kTest, as the extension wrote it
};

using Conjunction = std::vector<Atom>;  // every atom must hold; empty holds always

// Every tuple that the scan returned: hash of the identity key, and the image of each of `columns`.
struct Fingerprints {
  std::vector<Attnum> columns;  // ascending
  std::vector<Hash128> keys;    // ascending by bytes
  std::vector<Hash128> images;  // keys.size() × columns.size()
};

struct Entry {
  TableId table = 0;
  std::uint8_t flags = 0;       // EntryFlag
  std::vector<Attnum> columns;  // used ones, ascending; meaningless with kEntryAllColumns
  Conjunction fixed;
  std::vector<Conjunction> alternatives;  // none, or at least one must hold
  Fingerprints fingerprints;              // with kEntryFingerprints

  bool order_dependent() const { return (flags & kEntryOrderDependent) != 0; }
  bool all_columns() const { return (flags & kEntryAllColumns) != 0; }
  bool has_fingerprints() const { return (flags & kEntryFingerprints) != 0; }
};

struct ReadSet {
  std::uint32_t flags = 0;  // ReadSetFlag
  std::vector<Entry> entries;

  bool everything() const { return (flags & kReadEverything) != 0; }
  bool is_void() const { return (flags & kReadVoid) != 0; }
  static ReadSet of_everything() { return {kReadEverything, {}}; }
  std::size_t bytes() const;
};

// A read set with flags that this version does not know is taken as "everything"; a malformed one is an
// error.
base::Result<ReadSet> decode_read_set(Bytes bytes);

}  // namespace freshet::wire
