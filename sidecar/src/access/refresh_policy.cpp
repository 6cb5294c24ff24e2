#include "access/refresh_policy.h"

#include <algorithm>

#include "access/mutant.h"

namespace freshet::access {

bool RefreshPolicy::demand(base::TimePoint now) {
  if (!mutant::kUnknownKidAlwaysFetches && demanded_ && now < *demanded_ + times_.between_demands)
    return false;
  demanded_ = now;
  due_ = now;
  return true;
}

void RefreshPolicy::succeeded(base::TimePoint now, std::optional<std::chrono::seconds> max_age) {
  retry_.reset();
  due_ = now + std::clamp(max_age.value_or(times_.lifetime), times_.least_lifetime, times_.most_lifetime);
}

void RefreshPolicy::failed(base::TimePoint now) {
  retry_ = retry_ ? std::min(*retry_ * 2, times_.last_retry) : times_.first_retry;
  due_ = now + *retry_;
}

}  // namespace freshet::access
