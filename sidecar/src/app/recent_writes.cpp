#include "app/recent_writes.h"

namespace freshet::app {
namespace {

// By then the live results have long followed, or the stream is known to be lost and they serve nobody.
constexpr std::chrono::seconds kKept{60};
constexpr std::size_t kKeptForOne = 256;

}  // namespace

void RecentWrites::note(const std::string& principal, wire::Xid xid, base::TimePoint now) {
  auto& writes = writes_[principal];
  writes.emplace_back(xid, now);
  if (writes.size() > kKeptForOne) writes.pop_front();
}

std::vector<wire::Xid> RecentWrites::of(const std::string& principal) const {
  std::vector<wire::Xid> xids;
  const auto at = writes_.find(principal);
  if (at == writes_.end()) return xids;
  for (const auto& [xid, time] : at->second) xids.push_back(xid);
  return xids;
}

void RecentWrites::forget(base::TimePoint now) {
  for (auto at = writes_.begin(); at != writes_.end();) {
    auto& writes = at->second;
    while (!writes.empty() && now >= writes.front().second + kKept) writes.pop_front();
    at = writes.empty() ? writes_.erase(at) : std::next(at);
  }
}

}  // namespace freshet::app
