#pragma once

#include <cstddef>

namespace freshet::bench {

struct Options {
  std::size_t sockets = 1000;
  std::size_t bytes = 8500;  // of one message
  double rate = 10;          // messages to every socket per second
  std::size_t burst = 1;     // messages that are due at the same moment
  bool gather = false;       // the messages of a burst in one write
  std::size_t seconds = 10;
  std::size_t samples = 2000;  // of the echo
};

// A message carries the moment of its sending in its first bytes: {"t":<19 digits of nanoseconds>,
inline constexpr std::size_t kStampAt = 5;
inline constexpr std::size_t kStampDigits = 19;

}  // namespace freshet::bench
