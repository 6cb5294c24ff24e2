#include "live/shape.h"

#include <algorithm>
#include <map>

#include "live/mutant.h"

namespace freshet::live {
namespace {

// Most hashes that one posting is kept under; an IN list beyond is not looked up by.
constexpr std::size_t kMaxValues = 4096;
// IS NULL is looked up like a value of its own.
constexpr std::uint64_t kNullValue = 0x6e756c6c6e756c6cULL;

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
  std::uint64_t x = seed ^ (value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2));
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
  return x ^ (x >> 32);
}

std::uint64_t posting_id(Posting posting) { return std::uint64_t{posting.entry} << 32 | posting.alternative; }

// The values that a column is held to, by column; the shortest list wins where several atoms name one column.
using HeldTo = std::map<wire::Attnum, std::vector<std::uint64_t>>;

void hold(HeldTo& held, const wire::Atom& atom) {
  std::vector<std::uint64_t> values = atom.hashes;
  if (atom.kind == wire::AtomKind::kIsNull) values = {kNullValue};
  const auto [at, fresh] = held.try_emplace(atom.attnum, values);
  if (!fresh && values.size() < at->second.size()) at->second = std::move(values);
}

// Drops the longest lists until the product of the rest fits.
void bound(HeldTo& held) {
  const auto product = [&] {
    std::size_t sum = 1;
    for (const auto& [attnum, values] : held)
      sum = std::min(kMaxValues + 1, sum * std::max<std::size_t>(values.size(), 1));
    return sum;
  };
  while (product() > kMaxValues || held.size() > ShapeKey::kMaxEqual) {
    held.erase(std::max_element(held.begin(), held.end(), [](const auto& a, const auto& b) {
      return a.second.size() < b.second.size();
    }));
  }
}

Interval interval_of(const wire::Atom& atom) {
  Interval interval;
  interval.has_lo = (atom.range_flags & wire::kRangeHasLo) != 0;
  interval.lo_inclusive = (atom.range_flags & wire::kRangeLoInclusive) != 0;
  interval.has_hi = (atom.range_flags & wire::kRangeHasHi) != 0;
  interval.hi_inclusive = (atom.range_flags & wire::kRangeHiInclusive) != 0;
  if (interval.has_lo) interval.lo = atom.lo;
  if (interval.has_hi) interval.hi = atom.hi;
  return interval;
}

}  // namespace

std::string ShapeKey::text() const {
  std::string text;
  const auto number = [&](std::uint64_t value) { text += std::to_string(value) + ','; };
  for (wire::Attnum attnum : equal) number(attnum);
  text += '|';
  if (range) number(*range);
  text += '|';
  if (!all_columns) {
    for (wire::Attnum attnum : used) number(attnum);
  }
  text += all_columns ? 'a' : '-';
  text += order_dependent ? 'o' : '-';
  text += fingerprints ? 'f' : '-';
  return text;
}

std::optional<Placement> place(const wire::Entry& entry, const wire::Conjunction* alternative) {
  Placement placement;
  placement.shape.used = entry.columns;
  placement.shape.all_columns = entry.all_columns();
  placement.shape.order_dependent = entry.order_dependent();
  placement.shape.fingerprints = entry.has_fingerprints();
  HeldTo held;
  const wire::Atom* range = nullptr;
  for (const wire::Conjunction* part : {&entry.fixed, alternative}) {
    if (part == nullptr) continue;
    for (const wire::Atom& atom : *part) {
      switch (atom.kind) {
        case wire::AtomKind::kNever:
          return std::nullopt;
        case wire::AtomKind::kEq:
        case wire::AtomKind::kIn:
        case wire::AtomKind::kIsNull:
          if (atom.kind != wire::AtomKind::kIsNull && atom.hashes.empty()) return std::nullopt;
          hold(held, atom);
          break;
        case wire::AtomKind::kRange:
          if (range == nullptr || (range->range_flags & wire::kRangeNullMatches) != 0) range = &atom;
          break;
        case wire::AtomKind::kIsNotNull:
        case wire::AtomKind::kTest:  // each would make a shape of its own, to be looked at for every change
          break;
      }
    }
  }
  bound(held);
  placement.values.emplace_back();
  for (const auto& [attnum, values] : held) {
    placement.shape.equal.push_back(attnum);
    std::vector<std::vector<std::uint64_t>> longer;
    longer.reserve(placement.values.size() * values.size());
    for (const auto& prefix : placement.values) {
      for (std::uint64_t value : values) {
        longer.push_back(prefix);
        longer.back().push_back(value);
      }
    }
    placement.values = std::move(longer);
  }
  if (range != nullptr) {
    placement.shape.range = range->attnum;
    placement.interval = interval_of(*range);
    placement.null_in_range = (range->range_flags & wire::kRangeNullMatches) != 0;
  }
  return placement;
}

Shape::Shape(ShapeKey key) : key_(std::move(key)) {
  views_.push_back(View{(1u << key_.equal.size()) - 1, {}});
}

std::vector<std::uint64_t> Shape::hashes(const View& view, const Placement& placement) {
  std::vector<std::uint64_t> hashes;
  hashes.reserve(placement.values.size());
  for (const auto& values : placement.values) {
    std::uint64_t hash = view.known;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if ((view.known >> i & 1) != 0) hash = mix(hash, values[i]);
    }
    hashes.push_back(hash);
  }
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

void Shape::add(View& view, const Placement& placement, Posting posting) {
  for (std::uint64_t hash : hashes(view, placement)) {
    Bucket& bucket = view.buckets[hash];
    bucket.intervals.insert(placement.interval, posting);
    if (placement.null_in_range) bucket.null_in_range.push_back(posting);
  }
}

void Shape::remove(View& view, const Placement& placement, Posting posting) {
  for (std::uint64_t hash : hashes(view, placement)) {
    const auto at = view.buckets.find(hash);
    at->second.intervals.erase(placement.interval, posting);
    if (placement.null_in_range) std::erase(at->second.null_in_range, posting);
    if (at->second.intervals.empty()) view.buckets.erase(at);
  }
}

void Shape::insert(const Placement& placement, Posting posting) {
  for (View& view : views_) add(view, placement, posting);
  placements_.emplace(posting_id(posting), placement);
  ++size_;
}

void Shape::erase(const Placement& placement, Posting posting) {
  for (View& view : views_) remove(view, placement, posting);
  placements_.erase(posting_id(posting));
  --size_;
}

Shape::View& Shape::view(std::uint32_t known) {
  for (View& view : views_) {
    if (view.known == known) return view;
  }
  View& view = views_.emplace_back(View{known, {}});
  for (const auto& [id, placement] : placements_) {
    add(view, placement, {static_cast<std::uint32_t>(id >> 32), static_cast<std::uint32_t>(id)});
  }
  return view;
}

void Shape::candidates(const RowImage& image, const std::function<void(Posting, bool)>& visit) {
  std::uint32_t known = 0;
  std::uint64_t values[ShapeKey::kMaxEqual];
  for (std::size_t i = 0; i < key_.equal.size(); ++i) {
    const wire::Column* column = known_column(image, key_.equal[i]);
    if (column == nullptr) continue;
    const bool null = column->state == wire::ValueState::kNull;
    if (!null && (column->parts & wire::kPartEq) == 0) continue;
    known |= 1u << i;
    values[i] = null ? kNullValue : column->eq;
  }
  std::uint64_t hash = known;
  for (std::size_t i = 0; i < key_.equal.size(); ++i) {
    if ((known >> i & 1) != 0) hash = mix(hash, values[i]);
  }
  View& chosen = view(known);
  const auto at = chosen.buckets.find(hash);
  if (at == chosen.buckets.end()) return;
  bool unknown = known + 1 != 1u << key_.equal.size();
  const auto pass = [&](Posting posting) { visit(posting, unknown); };
  const wire::Column* column = key_.range ? known_column(image, *key_.range) : nullptr;
  if (column != nullptr && column->state == wire::ValueState::kNull) {
    if (mutant::kIndexSkipsNullRange) return;
    for (Posting posting : at->second.null_in_range) pass(posting);
  } else if (column != nullptr && (column->parts & wire::kPartOrder) != 0) {
    at->second.intervals.containing(image.transaction->order(*column), pass);
  } else {
    unknown = unknown || key_.range.has_value();
    at->second.intervals.all(pass);
  }
}

}  // namespace freshet::live
