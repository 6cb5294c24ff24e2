#pragma once

// Names of the numbers in a change set (wire/README.md, "Change set" and "Column value"). The output plugin
// writes them, the gateway decodes them; neither spells a literal.

#include <cstdint>

namespace freshet::wire {

inline constexpr std::uint8_t kChangeSetVersion = 1;

enum class RecordTag : std::uint8_t {
  kBegin = 'B',
  kRow = 'R',
  kTable = 'T',
  kAll = 'A',
  kDdl = 'D',
  kSubxids = 'S',
  kCommit = 'C',
  kFence = 'F',
  kInterest = 'I',
  kIgnored = 'X',
};

enum class RowKind : std::uint8_t { kInsert = 'I', kUpdate = 'U', kDelete = 'D' };

enum RowFlag : std::uint8_t {
  kRowOldKey = 1,
  kRowNewKey = 2,
  kRowOldComplete = 4,
};

enum class TableReason : std::uint8_t {
  kTruncate = 1,
  kNotAnnounced = 2,
  kTooManyChanges = 3,
  kRewrittenOrDdl = 4,
  kNotEncodable = 5,
};

enum CommitFlag : std::uint64_t {
  kCommitCatalogChanged = 1,
  kCommitDdlMessage = 2,
  kCommitDefinitionsKept = 4,
};

enum class ValueState : std::uint8_t { kNull = 0, kUnknown = 1, kKnown = 2, kUnchanged = 3 };

enum ValuePart : std::uint8_t {
  kPartEq = 1,
  kPartOrder = 2,
  kPartImage = 4,
  kPartsAll = 7,
};

}  // namespace freshet::wire
