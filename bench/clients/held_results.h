#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <simdjson.h>

#include "clients/plan.h"

namespace freshet::bench {

struct Arrival {
  std::int64_t id;
  std::int64_t at;  // microseconds of the wall clock
};

// What one client holds: per channel the ids of the rows, in the order in which it was told. Every frame is
// parsed and applied as a real client would do it; a frame that does not fit what is held throws.
class HeldResults {
 public:
  HeldResults(Dialect dialect, const std::vector<std::int64_t>& channels);

  // `padded` has simdjson::SIMDJSON_PADDING readable bytes behind it. Ids that are new to the client and
  // above `newest` are added to `arrivals`.
  void apply(simdjson::dom::parser& parser, std::string_view padded, std::int64_t now, std::int64_t newest,
             std::vector<Arrival>& arrivals);

  bool complete() const { return with_result_ == held_.size(); }
  const std::unordered_map<std::int64_t, std::vector<std::int64_t>>& held() const { return held_; }

 private:
  using Ids = std::vector<std::int64_t>;

  void apply_change(simdjson::dom::object change, std::int64_t now, std::int64_t newest,
                    std::vector<Arrival>& arrivals);
  void replace(std::int64_t channel, simdjson::dom::array rows, std::int64_t now, std::int64_t newest,
               std::vector<Arrival>& arrivals);
  static void splice(Ids& ids, simdjson::dom::array edits, std::int64_t now, std::int64_t newest,
                     std::vector<Arrival>& arrivals);

  const Dialect dialect_;
  std::vector<std::int64_t> channel_of_;  // by the subscription's id
  std::unordered_map<std::int64_t, Ids> held_;
  std::unordered_map<std::int64_t, bool> seen_;
  std::size_t with_result_ = 0;
};

}  // namespace freshet::bench
