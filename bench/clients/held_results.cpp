#include "clients/held_results.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace freshet::bench {
namespace {

namespace dom = simdjson::dom;

std::int64_t id_of(dom::element row) { return row["id"].get_int64(); }

}  // namespace

HeldResults::HeldResults(Dialect dialect, const std::vector<std::int64_t>& channels)
    : dialect_(dialect), channel_of_(channels) {
  for (const std::int64_t channel : channels) held_[channel];
}

void HeldResults::apply(dom::parser& parser, std::string_view padded, std::int64_t now, std::int64_t newest,
                        std::vector<Arrival>& arrivals) {
  const dom::element frame = parser.parse(padded.data(), padded.size(), false);
  if (dialect_ == Dialect::kHandmade) {
    return replace(frame["channel"].get_int64(), frame["rows"].get_array(), now, newest, arrivals);
  }
  const std::string_view type = frame["type"].get_string();
  if (type == "transition") {
    for (const dom::element change : frame["changes"].get_array()) {
      apply_change(change.get_object(), now, newest, arrivals);
    }
  } else if (type == "error" || (type == "auth" && !frame["ok"].get_bool().value())) {
    throw std::runtime_error("the gateway refused: " + std::string(padded));
  }
}

void HeldResults::apply_change(dom::object change, std::int64_t now, std::int64_t newest,
                               std::vector<Arrival>& arrivals) {
  const auto subscription = static_cast<std::size_t>(change["id"].get_int64().value());
  const std::int64_t channel = channel_of_.at(subscription);
  dom::array part;
  if (change["value"].get(part) == simdjson::SUCCESS) return replace(channel, part, now, newest, arrivals);
  if (change["splice"].get(part) == simdjson::SUCCESS) {
    return splice(held_.at(channel), part, now, newest, arrivals);
  }
  throw std::runtime_error("neither value nor splice: " + simdjson::to_string(change));
}

void HeldResults::replace(std::int64_t channel, dom::array rows, std::int64_t now, std::int64_t newest,
                          std::vector<Arrival>& arrivals) {
  Ids ids;
  Ids& before = held_.at(channel);
  for (const dom::element row : rows) {
    const std::int64_t id = id_of(row);
    ids.push_back(id);
    if (id > newest && std::find(before.begin(), before.end(), id) == before.end()) {
      arrivals.push_back({id, now});
    }
  }
  before = std::move(ids);
  bool& seen = seen_[channel];
  if (!seen) ++with_result_;
  seen = true;
}

void HeldResults::splice(Ids& ids, dom::array edits, std::int64_t now, std::int64_t newest,
                         std::vector<Arrival>& arrivals) {
  for (const dom::element edit : edits) {
    const auto index = static_cast<std::size_t>(edit.at(0).get_uint64().value());
    const auto deleted = static_cast<std::size_t>(edit.at(1).get_uint64().value());
    if (index + deleted > ids.size()) throw std::runtime_error("a splice beyond what is held");
    const auto at = ids.begin() + static_cast<std::ptrdiff_t>(index);
    Ids inserted;
    for (const dom::element row : edit.at(2).get_array()) {
      inserted.push_back(id_of(row));
      if (inserted.back() > newest) arrivals.push_back({inserted.back(), now});
    }
    ids.insert(ids.erase(at, at + static_cast<std::ptrdiff_t>(deleted)), inserted.begin(), inserted.end());
  }
}

}  // namespace freshet::bench
