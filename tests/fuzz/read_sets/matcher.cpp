#include "matcher.h"

#include <algorithm>
#include <stdexcept>

#include "live/overlaps.h"

namespace freshet::fuzz {

void Matcher::set(live::Owner owner, const wire::ReadSet& reads) {
  if (held_.size() <= owner) held_.resize(owner + 1);
  held_[owner] = {&reads, index_.insert(owner, reads)};
  interest_.add(reads);
}

void Matcher::unset(live::Owner owner) {
  if (held_.size() <= owner || held_[owner].reads == nullptr) return;
  index_.erase(owner, held_[owner].handle);
  interest_.remove(now_, *held_[owner].reads);
  held_[owner] = {};
}

void Matcher::announce() {
  if (const auto interest = interest_.next(now_)) stream_.announce(*interest);
}

std::vector<bool> Matcher::read(std::vector<wire::Transaction>& transactions) {
  ChangeStream::Read read = stream_.read();
  if (read.interest > 0) interest_.confirmed(read.interest);
  transactions = std::move(read.transactions);
  std::vector<bool> hits(held_.size(), false);
  for (const wire::Transaction& transaction : transactions)
    index_.match(transaction, [&](const live::Hit& hit) { hits[hit.owner] = true; });
  for (std::size_t owner = 0; owner < held_.size(); ++owner) {
    if (held_[owner].reads == nullptr) continue;
    const bool overlaps =
        std::any_of(transactions.begin(), transactions.end(), [&](const wire::Transaction& transaction) {
          return live::overlaps(*held_[owner].reads, transaction);
        });
    if (overlaps != hits[owner]) throw std::runtime_error("the index disagrees with `overlaps`");
  }
  return hits;
}

}  // namespace freshet::fuzz
