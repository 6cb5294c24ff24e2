#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace freshet::session {

// A token bucket: `burst` at once, `per_second` over a long time. Owned by one session; not thread-safe.
class RateLimit {
 public:
  RateLimit(std::uint32_t per_second, std::uint32_t burst, base::TimePoint now);

  // Takes one token. Otherwise: how long until there is one, at least 1 ms.
  std::optional<std::chrono::milliseconds> refused(base::TimePoint now);

 private:
  double per_second_;
  double burst_;
  double tokens_;
  base::TimePoint filled_at_;
};

}  // namespace freshet::session
