#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "freshet_wire/bytes.hpp"

namespace freshet::live {

// Replace `deleted` rows at `index` by the rows [index, index + inserted) of the new array. `index` counts in
// the new array, which is what the array looks like up to there once the edits before it are done.
struct Edit {
  std::size_t index = 0;
  std::size_t deleted = 0;
  std::size_t inserted = 0;
};

// Edits, ascending, that turn the old array of row hashes into the new one. Rows are kept along the longest
// run of old rows that ascends in the new array, equal rows paired in order: O(n log n), and least edits when
// no row occurs twice.
std::vector<Edit> splice(std::span<const wire::Hash128> before, std::span<const wire::Hash128> after);

}  // namespace freshet::live
