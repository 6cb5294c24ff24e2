#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "wire/snapshot.h"

namespace freshet::app {

// What callers without a session wrote a moment ago: a query that comes after a mutation's answer is not to
// be served a result that is older than it. On the loop's thread.
class RecentWrites {
 public:
  void note(const std::string& principal, wire::Xid xid, base::TimePoint now);
  std::vector<wire::Xid> of(const std::string& principal) const;
  // Every second or so.
  void forget(base::TimePoint now);

 private:
  std::unordered_map<std::string, std::deque<std::pair<wire::Xid, base::TimePoint>>> writes_;
};

}  // namespace freshet::app
