#pragma once

#include <vector>

#include "change_stream.h"
#include "live/index.h"
#include "live/interest.h"
#include "wire/read_set.h"

namespace freshet::fuzz {

// The part of the gateway between a read set and the changes that hit it: the index, and the interest that it
// lets the plugin know. Read sets are borrowed until replaced.
class Matcher {
 public:
  explicit Matcher(ChangeStream& stream) : stream_(stream), interest_(limits_) {}

  void set(live::Owner owner, const wire::ReadSet& reads);
  // To be called before the owner's read set changes or goes.
  void unset(live::Owner owner);
  // What was set becomes known to the plugin.
  void announce();
  // Time in which a table that nobody wants any more is taken back.
  void pass_time() { now_ += 2 * limits_.interest_idle; }

  // By owner: whether something that was committed since the last call hits its read set. Throws if the index
  // disagrees with `overlaps`.
  std::vector<bool> read(std::vector<wire::Transaction>& transactions);

 private:
  struct Held {
    const wire::ReadSet* reads = nullptr;
    live::Index::Handle handle;
  };

  ChangeStream& stream_;
  live::Limits limits_;
  live::Interest interest_;
  live::Index index_;
  base::TimePoint now_{};
  std::vector<Held> held_;
};

}  // namespace freshet::fuzz
