#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace freshet::live {

// What an interval stands for: a conjunction of an entry in the index.
struct Posting {
  std::uint32_t entry = 0;
  std::uint32_t alternative = 0;
  auto operator<=>(const Posting&) const = default;
};

// Order keys between two bounds. An absent bound is open-ended.
struct Interval {
  bool has_lo = false, lo_inclusive = false;
  bool has_hi = false, hi_inclusive = false;
  std::string lo, hi;
};

// Intervals that answer "which contain this key" in O(log n + answers): a treap by lower bound in which every
// node knows the greatest upper bound below it. Owned by the index; no two equal (interval, posting) pairs.
class IntervalSet {
 public:
  IntervalSet();
  IntervalSet(IntervalSet&&) noexcept;
  IntervalSet& operator=(IntervalSet&&) noexcept;
  ~IntervalSet();

  void insert(Interval interval, Posting posting);
  // The pair must be in the set.
  void erase(const Interval& interval, Posting posting);
  bool empty() const { return root_ == nullptr; }
  std::size_t size() const { return size_; }

  using Visit = std::function<void(Posting)>;
  void containing(std::string_view key, const Visit& visit) const;
  void all(const Visit& visit) const;

 private:
  struct Node;
  using Link = std::unique_ptr<Node>;
  static void refresh(Node& node);
  static void insert(Link& link, Link node);
  static void split(Link whole, const Node& at, Link& below, Link& above);
  static Link join(Link below, Link above);
  static void erase(Link& link, const Node& wanted);
  static void containing(const Node* node, std::string_view key, const Visit& visit);
  static void all(const Node* node, const Visit& visit);

  Link root_;
  std::size_t size_ = 0;
};

}  // namespace freshet::live
