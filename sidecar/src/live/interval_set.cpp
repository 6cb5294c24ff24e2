#include "live/interval_set.h"

#include <utility>

namespace freshet::live {

struct IntervalSet::Node {
  Interval interval;
  Posting posting;
  std::uint64_t priority = 0;
  const Node* reaches = nullptr;  // the node of this subtree with the greatest upper bound
  Link below, above;

  bool before(const Node& other) const {
    if (interval.has_lo != other.interval.has_lo) return !interval.has_lo;
    if (const int order = interval.lo.compare(other.interval.lo); order != 0) return order < 0;
    return posting < other.posting;
  }
  bool starts_by(std::string_view key) const {
    if (!interval.has_lo) return true;
    const int order = key.compare(interval.lo);
    return order > 0 || (order == 0 && interval.lo_inclusive);
  }
  bool ends_after(std::string_view key) const {
    if (!interval.has_hi) return true;
    const int order = key.compare(interval.hi);
    return order < 0 || (order == 0 && interval.hi_inclusive);
  }
};

namespace {

// Priorities need only be unrelated to the bounds, which users choose: mixed from a counter, so that runs are
// repeatable.
std::uint64_t next_priority(std::uint64_t counter) {
  counter += 0x9e3779b97f4a7c15ULL;
  counter = (counter ^ (counter >> 30)) * 0xbf58476d1ce4e5b9ULL;
  counter = (counter ^ (counter >> 27)) * 0x94d049bb133111ebULL;
  return counter ^ (counter >> 31);
}

// Inclusive counts as reaching further.
bool reaches_further(const Interval& a, const Interval& b) {
  if (!a.has_hi || !b.has_hi) return !a.has_hi && b.has_hi;
  const int order = a.hi.compare(b.hi);
  return order > 0 || (order == 0 && a.hi_inclusive && !b.hi_inclusive);
}

}  // namespace

IntervalSet::IntervalSet() = default;
IntervalSet::IntervalSet(IntervalSet&&) noexcept = default;
IntervalSet& IntervalSet::operator=(IntervalSet&&) noexcept = default;
IntervalSet::~IntervalSet() = default;

void IntervalSet::refresh(Node& node) {
  node.reaches = &node;
  for (const Link* child : {&node.below, &node.above}) {
    if (*child && reaches_further((*child)->reaches->interval, node.reaches->interval))
      node.reaches = (*child)->reaches;
  }
}

void IntervalSet::split(Link whole, const Node& at, Link& below, Link& above) {
  if (!whole) return;
  if (whole->before(at)) {
    Link rest = std::move(whole->above);
    split(std::move(rest), at, whole->above, above);
    refresh(*whole);
    below = std::move(whole);
  } else {
    Link rest = std::move(whole->below);
    split(std::move(rest), at, below, whole->below);
    refresh(*whole);
    above = std::move(whole);
  }
}

IntervalSet::Link IntervalSet::join(Link below, Link above) {
  if (!below) return above;
  if (!above) return below;
  if (below->priority > above->priority) {
    below->above = join(std::move(below->above), std::move(above));
    refresh(*below);
    return below;
  }
  above->below = join(std::move(below), std::move(above->below));
  refresh(*above);
  return above;
}

void IntervalSet::insert(Link& link, Link node) {
  if (!link) {
    link = std::move(node);
  } else if (node->priority > link->priority) {
    split(std::move(link), *node, node->below, node->above);
    link = std::move(node);
  } else if (node->before(*link)) {
    insert(link->below, std::move(node));
  } else {
    insert(link->above, std::move(node));
  }
  refresh(*link);
}

void IntervalSet::erase(Link& link, const Node& wanted) {
  if (!link) return;
  if (wanted.before(*link)) {
    erase(link->below, wanted);
  } else if (link->before(wanted)) {
    erase(link->above, wanted);
  } else {
    link = join(std::move(link->below), std::move(link->above));
  }
  if (link) refresh(*link);
}

void IntervalSet::insert(Interval interval, Posting posting) {
  auto node = std::make_unique<Node>();
  node->interval = std::move(interval);
  node->posting = posting;
  node->priority =
      next_priority((std::uint64_t{posting.entry} << 32 | posting.alternative) + size_ * 0x10001);
  refresh(*node);
  insert(root_, std::move(node));
  ++size_;
}

void IntervalSet::erase(const Interval& interval, Posting posting) {
  Node wanted;
  wanted.interval = interval;
  wanted.posting = posting;
  erase(root_, wanted);
  --size_;
}

void IntervalSet::containing(const Node* node, std::string_view key, const Visit& visit) {
  if (node == nullptr || !node->reaches->ends_after(key)) return;
  containing(node->below.get(), key, visit);
  // Above may be an equal bound that includes the key where this one does not.
  if (node->interval.has_lo && key < node->interval.lo) return;
  if (node->starts_by(key) && node->ends_after(key)) visit(node->posting);
  containing(node->above.get(), key, visit);
}

void IntervalSet::all(const Node* node, const Visit& visit) {
  if (node == nullptr) return;
  all(node->below.get(), visit);
  visit(node->posting);
  all(node->above.get(), visit);
}

void IntervalSet::containing(std::string_view key, const Visit& visit) const {
  containing(root_.get(), key, visit);
}
void IntervalSet::all(const Visit& visit) const { all(root_.get(), visit); }

}  // namespace freshet::live
