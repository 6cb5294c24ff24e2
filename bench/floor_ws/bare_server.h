#pragma once

#include <cstdint>
#include <functional>

#include "options.h"

namespace freshet::bench {

// A WebSocket server of Beast and nothing else: no sessions, no database. `listening` is told the port. With
// `fan_out` every socket is sent the same bytes at the rate asked for once all have come; else each message
// is sent back. Returns when the first socket ends.
void serve_bare(const Options& options, bool fan_out, const std::function<void(std::uint16_t)>& listening);

}  // namespace freshet::bench
