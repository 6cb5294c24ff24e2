// The secret that all gateways of the database share (freshet.gateway_key()), read past all rights: whoever
// runs a query may not see it.
#pragma once

#include "compat.h"

namespace freshet {

constexpr int kGatewayKeySize = 32;

void read_gateway_key(uint8* key);

}  // namespace freshet
