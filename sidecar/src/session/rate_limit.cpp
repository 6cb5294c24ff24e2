#include "session/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace freshet::session {

RateLimit::RateLimit(std::uint32_t per_second, std::uint32_t burst, base::TimePoint now)
    : per_second_(per_second), burst_(std::max(burst, 1u)), tokens_(burst_), filled_at_(now) {}

std::optional<std::chrono::milliseconds> RateLimit::refused(base::TimePoint now) {
  if (per_second_ == 0) return std::nullopt;
  const double elapsed =
      std::chrono::duration<double>(std::max(now - filled_at_, base::Duration::zero())).count();
  tokens_ = std::min(burst_, tokens_ + elapsed * per_second_);
  filled_at_ = std::max(filled_at_, now);
  if (tokens_ >= 1) {
    tokens_ -= 1;
    return std::nullopt;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil((1 - tokens_) / per_second_ * 1000)));
}

}  // namespace freshet::session
