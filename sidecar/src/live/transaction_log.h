#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "live/limits.h"
#include "live/model.h"

namespace freshet::live {

// A decoded transaction, kept until every snapshot that a run may still have sees it.
struct Logged {
  wire::Transaction transaction;
  EpochNumber seen_from = kForever;  // the first opened epoch that sees it
  struct Dirtied {
    Owner query;
    std::uint64_t install_seq;  // of the read set that was hit: a later one was matched on its own
  };
  std::vector<Dirtied> hits;   // until it is visible
  std::uint64_t everyone = 0;  // a change of everything hits all read sets up to this one
  bool tested = false;         // an epoch was opened since it was decoded
  bool is_visible() const { return seen_from != kForever; }
};

// Decoded transactions back to the oldest snapshot in use and the oldest that is not visible yet. Bounded by
// widening what is logged, never by dropping it.
class TransactionLog {
 public:
  explicit TransactionLog(const Limits& limits) : limits_(limits) {}

  Logged& append(wire::Transaction transaction, std::uint64_t& collapses);
  // Those that the epoch and all later ones see are of no use any more.
  void drop_seen_by(EpochNumber epoch);
  void clear();

  void each(const std::function<void(Logged&)>& visit);
  // Not known to be visible, in the order in which they were decoded.
  const std::vector<Logged*>& pending() const { return pending_; }
  // This one alone, decoded after the epoch's snapshot was known.
  void settle_one(Logged& logged, EpochNumber epoch);
  // The pending ones that `visible` holds for become visible from this epoch.
  std::vector<Logged*> settle(EpochNumber epoch, const std::function<bool(const Logged&)>& visible);

  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return entries_.size(); }

 private:
  void collapse(std::uint64_t& collapses);

  const Limits& limits_;
  std::vector<std::unique_ptr<Logged>> entries_;
  std::vector<Logged*> pending_;
  std::size_t bytes_ = 0;
};

}  // namespace freshet::live
