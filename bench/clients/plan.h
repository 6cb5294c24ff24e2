#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace freshet::bench {

// What the process on the other side is: the gateway, or the hand-made server of bench/baselines.
enum class Dialect { kFreshet, kHandmade };

struct SocketPlan {
  std::string token;  // empty: anonymous
  std::vector<std::int64_t> channels;
};

struct Plan {
  Dialect dialect = Dialect::kFreshet;
  std::uint16_t port = 0;
  std::string path;  // of the query; its only argument is "channel"
  std::vector<SocketPlan> sockets;
};

}  // namespace freshet::bench
