#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace freshet::fuzz {

using Random = std::mt19937_64;

inline int pick(Random& random, int low, int high) {  // inclusive
  return low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1));
}

inline bool chance(Random& random, int percent) { return pick(random, 1, 100) <= percent; }

template <typename T>
const T& one_of(Random& random, const std::vector<T>& values) {
  return values[static_cast<std::size_t>(pick(random, 0, static_cast<int>(values.size()) - 1))];
}

}  // namespace freshet::fuzz
