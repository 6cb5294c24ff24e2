#include "wire/snapshot.h"

#include <algorithm>
#include <charconv>

#include "base/raw_json.h"

namespace freshet::wire {
namespace {

base::Error malformed(std::string_view what) {
  return base::Error(base::ErrorCode::kInternal, "malformed " + std::string(what) + " from the database");
}

// The number up to `end` (or the end of the text), which is taken off with it.
bool take_number(std::string_view& text, char end, Xid& value) {
  const auto stop = std::min(text.find(end), text.size());
  const auto [at, error] = std::from_chars(text.data(), text.data() + stop, value);
  if (error != std::errc() || at != text.data() + stop) return false;
  text.remove_prefix(std::min(stop + 1, text.size()));
  return true;
}

bool parse_xid(std::string_view text, Xid& value) {
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && at == text.data() + text.size();
}

std::optional<XidFate> parse_fate(std::string_view json) {
  const auto parts = base::trusted_array_elements(json);
  if (parts.size() != 2) return std::nullopt;
  const auto xid = base::parse_json_string(parts[0]);
  const auto letter = base::parse_json_string(parts[1]);
  XidFate fate{};
  if (!xid.ok() || !letter.ok() || !parse_xid(*xid, fate.xid)) return std::nullopt;
  if (*letter == "c")
    fate.fate = Fate::kCommitted;
  else if (*letter == "a")
    fate.fate = Fate::kAborted;
  else if (*letter == "i")
    fate.fate = Fate::kInProgress;
  else
    return std::nullopt;
  return fate;
}

}  // namespace

Snapshot::Snapshot(Xid xmin, Xid xmax, std::vector<Xid> in_progress)
    : xmin_(xmin), xmax_(xmax), in_progress_(std::move(in_progress)) {}

base::Result<Snapshot> Snapshot::parse(std::string_view text) {
  Snapshot snapshot;
  if (std::count(text.begin(), text.end(), ':') != 2) return malformed("snapshot");
  if (!take_number(text, ':', snapshot.xmin_) || !take_number(text, ':', snapshot.xmax_))
    return malformed("snapshot");
  if (snapshot.xmin_ == 0 || snapshot.xmax_ < snapshot.xmin_) return malformed("snapshot");
  while (!text.empty()) {
    const bool more = text.find(',') != std::string_view::npos;
    Xid xid = 0;
    if (!take_number(text, ',', xid) || (more && text.empty())) return malformed("snapshot");
    const bool ascends = snapshot.in_progress_.empty() || xid > snapshot.in_progress_.back();
    if (!ascends || xid < snapshot.xmin_ || xid >= snapshot.xmax_) return malformed("snapshot");
    snapshot.in_progress_.push_back(xid);
  }
  return snapshot;
}

bool Snapshot::sees(Xid xid) const {
  if (xid < xmin_) return true;
  if (xid >= xmax_) return false;
  return !std::binary_search(in_progress_.begin(), in_progress_.end(), xid);
}

std::string Snapshot::text() const {
  std::string text = std::to_string(xmin_) + ":" + std::to_string(xmax_) + ":";
  for (std::size_t i = 0; i < in_progress_.size(); ++i) {
    if (i > 0) text += ',';
    text += std::to_string(in_progress_[i]);
  }
  return text;
}

base::Result<SnapshotRow> parse_snapshot_row(std::string_view json) {
  if (base::Result<void> checked = base::check_json(json); !checked.ok()) return malformed("snapshot row");
  SnapshotRow row;
  bool has_snapshot = false;
  for (const base::JsonMember& member : base::trusted_object_members(json)) {
    const auto kind = base::json_kind(member.value);
    if (kind == base::JsonKind::kNull) continue;
    if (member.key == "fates") {
      if (kind != base::JsonKind::kArray) return malformed("snapshot row");
      row.fates.emplace();
      for (std::string_view element : base::trusted_array_elements(member.value)) {
        const auto fate = parse_fate(element);
        if (!fate) return malformed("snapshot row");
        row.fates->push_back(*fate);
      }
      continue;
    }
    const bool text_wanted = member.key == "snapshot" || member.key == "exported" || member.key == "system";
    if (!text_wanted) continue;
    if (kind != base::JsonKind::kString) return malformed("snapshot row");
    auto text = base::parse_json_string(member.value);
    if (!text.ok()) return malformed("snapshot row");
    if (member.key == "exported") {
      row.exported = *std::move(text);
    } else if (member.key == "system") {
      row.system = *std::move(text);
    } else {
      auto snapshot = Snapshot::parse(*text);
      if (!snapshot.ok()) return snapshot.error();
      row.snapshot = *std::move(snapshot);
      has_snapshot = true;
    }
  }
  if (!has_snapshot) return malformed("snapshot row");
  return row;
}

}  // namespace freshet::wire
