#pragma once

// Names of the numbers in a read set (wire/README.md, "Read set").

#include <cstdint>

namespace freshet::wire {

inline constexpr std::uint8_t kReadSetVersion = 1;

// What a run depended on beside rows, or what kept it from being exact.
enum ReadSetFlag : std::uint32_t {
  kReadEverything = 1,
  kReadClock = 2,
  kReadVolatile = 4,
  kReadCatalog = 8,
  kReadForeign = 16,
  kReadUnlogged = 32,
  kReadTemporary = 64,
  kReadSystemColumn = 128,
  kReadSample = 256,
  kReadRowMarks = 512,
  kReadUtility = 1024,
  kReadParallel = 2048,
  kReadCustomScan = 4096,
  kReadSetting = 8192,
  kReadTidScan = 16384,
  kReadVoid = 32768,
};

enum EntryFlag : std::uint8_t {
  kEntryOrderDependent = 1,
  kEntryAllColumns = 2,
  kEntryFingerprints = 4,
};

enum class AtomKind : std::uint8_t {
  kEq = 1,
  kIn = 2,
  kRange = 3,
  kIsNull = 4,
  kIsNotNull = 5,
  kNever = 6,
  kTest = 7,  // an expression of the row is TRUE; the column has its number
};

// Numbers of expressions that read sets bring along. Below are attributes and expressions of indexes.
inline constexpr std::uint64_t kFirstTest = std::uint64_t{1} << 62;
inline constexpr bool is_test(std::uint64_t column) { return column >= kFirstTest; }

// Beyond this an expression is not brought along.
inline constexpr std::size_t kMaxTestBytes = 4096;

enum RangeFlag : std::uint8_t {
  kRangeHasLo = 1,
  kRangeLoInclusive = 2,
  kRangeHasHi = 4,
  kRangeHiInclusive = 8,
  kRangeNullMatches = 16,
};

}  // namespace freshet::wire
