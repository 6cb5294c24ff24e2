#include "live/splice.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace freshet::live {
namespace {

struct RowHash {
  std::size_t operator()(const wire::Hash128& hash) const {
    std::size_t value;
    std::memcpy(&value, hash.bytes, sizeof value);
    return value;
  }
};

struct Pair {
  std::size_t before;
  std::size_t after;
};

// The longest subsequence of pairs (ascending in `after`) that ascends in `before` too.
std::vector<Pair> longest_ascending(const std::vector<Pair>& pairs) {
  std::vector<std::size_t> tails;  // pair that ends the best run of each length
  std::vector<std::size_t> previous(pairs.size(), SIZE_MAX);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto at =
        std::lower_bound(tails.begin(), tails.end(), pairs[i].before,
                         [&](std::size_t tail, std::size_t value) { return pairs[tail].before < value; });
    if (at != tails.begin()) previous[i] = *(at - 1);
    if (at == tails.end())
      tails.push_back(i);
    else
      *at = i;
  }
  std::vector<Pair> kept;
  for (std::size_t i = tails.empty() ? SIZE_MAX : tails.back(); i != SIZE_MAX; i = previous[i])
    kept.push_back(pairs[i]);
  std::reverse(kept.begin(), kept.end());
  return kept;
}

}  // namespace

std::vector<Edit> splice(std::span<const wire::Hash128> before, std::span<const wire::Hash128> after) {
  std::size_t head = 0;
  while (head < before.size() && head < after.size() && before[head] == after[head]) ++head;
  std::size_t tail = 0;
  while (tail < before.size() - head && tail < after.size() - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
    ++tail;
  const std::size_t before_end = before.size() - tail;
  const std::size_t after_end = after.size() - tail;

  std::vector<Pair> pairs;
  if (head < before_end && head < after_end) {
    std::unordered_map<wire::Hash128, std::vector<std::size_t>, RowHash> places;
    for (std::size_t i = before_end; i > head; --i) places[before[i - 1]].push_back(i - 1);
    for (std::size_t i = head; i < after_end; ++i) {
      const auto at = places.find(after[i]);
      if (at == places.end() || at->second.empty()) continue;
      pairs.push_back({at->second.back(), i});
      at->second.pop_back();
    }
    pairs = longest_ascending(pairs);
  }
  pairs.push_back({before_end, after_end});

  std::vector<Edit> edits;
  std::size_t old_at = head;
  std::size_t new_at = head;
  for (const Pair& pair : pairs) {
    if (pair.before > old_at || pair.after > new_at)
      edits.push_back({new_at, pair.before - old_at, pair.after - new_at});
    old_at = pair.before + 1;
    new_at = pair.after + 1;
  }
  return edits;
}

}  // namespace freshet::live
