#include "tools/watch_session.h"

#include <cstdlib>

#include "base/raw_json.h"

namespace freshet::tools {

namespace {

std::string text_unless_null(std::string_view value) {
  return base::json_kind(value) == base::JsonKind::kNull ? std::string() : std::string(value);
}

// Of a page, or of the change of one.
WatchedResult::Page page_of(std::string_view object) {
  WatchedResult::Page page;
  for (const base::JsonMember& member : base::trusted_object_members(object)) {
    if (member.key == "next") page.next = text_unless_null(member.value);
    if (member.key == "split") page.split = text_unless_null(member.value);
  }
  return page;
}

std::string_view member_of(const std::vector<base::JsonMember>& members, std::string_view name) {
  for (const base::JsonMember& member : members) {
    if (member.key == name) return member.value;
  }
  return {};
}

}  // namespace

std::optional<WatchedResult::Seen> WatchedResult::take(std::string_view body) {
  const std::string whole = "{" + std::string(body) + "}";
  const std::vector<base::JsonMember> members = base::trusted_object_members(whole);
  for (const base::JsonMember& member : members) {
    if (member.key == "splice") {
      std::optional<Seen> seen = splice(member.value);
      if (seen && paged_) seen->page = page_of(member_of(members, "page"));
      return seen;
    }
    Seen seen;
    seen.text = member.value;
    if (member.key == "same") return seen;
    if (member.key == "error") {
      seen.kind = Seen::Kind::kError;
      rows_.clear();
      is_array_ = false;
      return seen;
    }
    if (member.key != "value") continue;
    if (!paged_) return whole_value(std::move(seen));
    seen.text = member_of(base::trusted_object_members(member.value), "rows");
    seen.page = page_of(member.value);
    return whole_value(std::move(seen));
  }
  return std::nullopt;
}

// An array in place of an array is told by what differs, in the middle of what both begin and end with.
WatchedResult::Seen WatchedResult::whole_value(Seen seen) {
  const bool was_array = is_array_;
  is_array_ = base::json_kind(seen.text) == base::JsonKind::kArray;
  std::vector<std::string> rows;
  for (const std::string_view row : base::trusted_array_elements(seen.text)) rows.emplace_back(row);
  std::swap(rows, rows_);
  const std::vector<std::string>& before = rows;
  seen.kind = Seen::Kind::kValue;
  seen.rows = rows_.size();
  if (!was_array || !is_array_) return seen;
  std::size_t head = 0;
  while (head < before.size() && head < rows_.size() && before[head] == rows_[head]) ++head;
  std::size_t tail = 0;
  while (tail < before.size() - head && tail < rows_.size() - head &&
         before[before.size() - 1 - tail] == rows_[rows_.size() - 1 - tail])
    ++tail;
  seen.kind = Seen::Kind::kEdits;
  for (std::size_t i = head; i < before.size() - tail; ++i)
    seen.edits.push_back({Edit::Kind::kRemoved, i, before[i]});
  for (std::size_t i = head; i < rows_.size() - tail; ++i)
    seen.edits.push_back({Edit::Kind::kAdded, i, rows_[i]});
  return seen;
}

std::optional<WatchedResult::Seen> WatchedResult::splice(std::string_view edits) {
  Seen seen;
  seen.kind = Seen::Kind::kEdits;
  std::ptrdiff_t shift = 0;  // of the array now against the one before
  for (const std::string_view edit : base::trusted_array_elements(edits)) {
    const auto parts = base::trusted_array_elements(edit);
    if (parts.size() != 3) return std::nullopt;
    const std::size_t index = std::strtoull(std::string(parts[0]).c_str(), nullptr, 10);
    const std::size_t removed = std::strtoull(std::string(parts[1]).c_str(), nullptr, 10);
    if (index > rows_.size() || removed > rows_.size() - index) return std::nullopt;
    const auto at = rows_.begin() + static_cast<std::ptrdiff_t>(index);
    for (std::size_t i = 0; i < removed; ++i) {
      const auto before = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(index + i) - shift);
      seen.edits.push_back({Edit::Kind::kRemoved, before, at[static_cast<std::ptrdiff_t>(i)]});
    }
    const auto place = rows_.erase(at, at + static_cast<std::ptrdiff_t>(removed));
    const auto rows = base::trusted_array_elements(parts[2]);
    for (std::size_t i = 0; i < rows.size(); ++i)
      seen.edits.push_back({Edit::Kind::kAdded, index + i, std::string(rows[i])});
    rows_.insert(place, rows.begin(), rows.end());
    shift += static_cast<std::ptrdiff_t>(rows.size()) - static_cast<std::ptrdiff_t>(removed);
  }
  seen.rows = rows_.size();
  return seen;
}

std::optional<WatchSession::Event> WatchSession::next(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (!wake_.wait_for(lock, patience, [&] { return !events_.empty(); })) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void WatchSession::push(Event event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  wake_.notify_one();
}

void WatchSession::opened(base::Result<session::Opened> opened) {
  if (opened) return push({Event::Kind::kOpened, opened->epoch, {}, {}});
  push({Event::Kind::kEnded, {}, {}, opened.error()});
}

void WatchSession::transition(session::Transition transition) {
  const std::string epoch = transition.to.value_or("");
  if (transition.stale) push({Event::Kind::kStale, epoch, {}, {}});
  for (const session::Change& change : transition.changes)
    push({Event::Kind::kChange, epoch, *change.body, {}});
}

void WatchSession::refused(std::uint64_t, base::Error error) {
  push({Event::Kind::kEnded, {}, {}, std::move(error)});
}

void WatchSession::close(session::CloseReason) {
  push({Event::Kind::kEnded, {}, {}, base::Error(base::ErrorCode::kOverloaded, "the session was closed")});
}

}  // namespace freshet::tools
