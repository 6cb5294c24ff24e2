#pragma once

#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/random.h"

namespace freshet::postgres {

// Paces the connection attempts of everything that shares it: before the first success and while the server
// is away one attempt is made at a time, at most one a second, with jitter. Any thread.
class Reconnect {
 public:
  Reconnect(const base::Clock& clock, base::Random& random) : clock_(clock), random_(random) {}

  // Whether the caller may try now; it must then report how it went.
  bool may_try();
  void succeeded();
  void failed(std::string why);

  bool down() const;
  std::string reason() const;  // the last failure while down, else empty
  base::TimePoint next() const;

 private:
  const base::Clock& clock_;
  base::Random& random_;
  mutable std::mutex mutex_;
  bool proven_ = false;  // it has answered before
  bool down_ = false;
  int failures_ = 0;
  base::TimePoint next_{};
  std::string reason_;
};

}  // namespace freshet::postgres
