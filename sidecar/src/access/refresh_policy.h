#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace freshet::access {

struct RefreshTimes {
  // How long keys are used before they are read again, when the issuer does not say; else within these
  // bounds.
  std::chrono::seconds lifetime{600};
  std::chrono::seconds least_lifetime{60};
  std::chrono::seconds most_lifetime{24 * 3600};
  // Between two readings that tokens with an unknown key caused: whoever invents key ids can't make the
  // gateway press the issuer.
  std::chrono::seconds between_demands{60};
  // After a reading that failed: the first wait, doubled each time, and its bound.
  std::chrono::seconds first_retry{2};
  std::chrono::seconds last_retry{60};
};

// When an issuer's keys are to be read. Plain values in and out: no clock, no thread.
class RefreshPolicy {
 public:
  RefreshPolicy(const RefreshTimes& times, base::TimePoint now) : times_(times), due_(now) {}

  // The next reading that nobody has to ask for.
  base::TimePoint due() const { return due_; }

  // A token names a key that is not known. Whether the keys may be read now because of it; if so, this was
  // the occasion.
  bool demand(base::TimePoint now);

  // `max_age`: for how long the issuer says that its answer is good.
  void succeeded(base::TimePoint now, std::optional<std::chrono::seconds> max_age);
  void failed(base::TimePoint now);

 private:
  const RefreshTimes times_;
  base::TimePoint due_;
  std::optional<base::TimePoint> demanded_;
  std::optional<std::chrono::seconds> retry_;
};

}  // namespace freshet::access
