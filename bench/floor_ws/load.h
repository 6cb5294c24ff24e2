#pragma once

#include <cstdint>
#include <vector>

#include "options.h"

namespace freshet::bench {

// Milliseconds from the stamp of each message to the moment at which a client has read the whole of it; the
// first second is left out.
std::vector<double> receive_all(const Options& options, std::uint16_t port);

// Milliseconds of half a round trip of one message, one after the other.
std::vector<double> echo_all(const Options& options, std::uint16_t port);

}  // namespace freshet::bench
