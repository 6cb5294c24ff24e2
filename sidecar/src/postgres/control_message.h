#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "freshet_wire/siphash.hpp"
#include "live/actions.h"

namespace freshet::postgres {

// The texts for freshet.emit_control (wire/README.md "Control message"), authenticated under the stream's
// key.
std::string fence_message(const wire::SipKey& key, std::uint64_t nonce);
// One or two messages, in the order in which they must be emitted.
std::vector<std::string> interest_messages(const wire::SipKey& key, const live::SendInterest& interest);

}  // namespace freshet::postgres
