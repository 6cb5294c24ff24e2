#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "live/interval_set.h"
#include "live/overlaps.h"

namespace freshet::live {

// How a conjunction can be looked up: the columns that it holds to single values, and one that it holds to a
// range. Entries that use other columns, or are judged otherwise on updates, are kept in other shapes, so
// that one look at a change can pass over a whole shape.
struct ShapeKey {
  std::vector<wire::Attnum> equal;  // ascending, at most kMaxEqual
  std::optional<wire::Attnum> range;
  std::vector<wire::Attnum> used;
  bool all_columns = false;
  bool order_dependent = false;
  bool fingerprints = false;

  static constexpr std::size_t kMaxEqual = 8;
  std::string text() const;
};

// Where one conjunction stands in a shape: under each of `values` (one hash per equal column), at `interval`.
struct Placement {
  ShapeKey shape;
  std::vector<std::vector<std::uint64_t>> values;
  Interval interval;
  bool null_in_range = false;
};

// None: the conjunction matches no row. `entry` gives the flags and used columns.
std::optional<Placement> place(const wire::Entry& entry, const wire::Conjunction* alternative);

// All conjunctions of one table that have one shape: a hash map from the values of the equal columns to
// intervals.
class Shape {
 public:
  explicit Shape(ShapeKey key);

  const ShapeKey& key() const { return key_; }
  bool empty() const { return size_ == 0; }
  void insert(const Placement& placement, Posting posting);
  void erase(const Placement& placement, Posting posting);

  // Every posting whose equal columns and range may match the row, at least; `unknown` tells that a column
  // was not known.
  void candidates(const RowImage& image, const std::function<void(Posting, bool unknown)>& visit);

 private:
  struct Bucket {
    IntervalSet intervals;
    std::vector<Posting> null_in_range;  // also in `intervals`
  };
  // Postings by the values of those equal columns that `known` names: the full one is always there, others
  // are made when a change first lacks the rest.
  struct View {
    std::uint32_t known = 0;
    std::unordered_map<std::uint64_t, Bucket> buckets;
  };
  static void add(View& view, const Placement& placement, Posting posting);
  static void remove(View& view, const Placement& placement, Posting posting);
  static std::vector<std::uint64_t> hashes(const View& view, const Placement& placement);
  View& view(std::uint32_t known);

  ShapeKey key_;
  std::vector<View> views_;
  std::unordered_map<std::uint64_t, Placement> placements_;  // by posting, to build views from
  std::size_t size_ = 0;
};

}  // namespace freshet::live
