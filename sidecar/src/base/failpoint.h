#pragma once

#include <string_view>

#include "base/result.h"

namespace freshet::base {

// Named places at which the fault tests crash or delay the gateway. Set once, before any thread starts, from
// FRESHET_FAILPOINTS: `name=action[,name=action…]`; actions: `crash` (as kill -9), `sleep:MS`, `error`, each
// optionally followed by `@N`: only from the N-th time on.
Result<void> set_failpoints(std::string_view specification);

// True when the place is to fail (`error`). Costs one load when none is set. Any thread.
bool failpoint(std::string_view name);

}  // namespace freshet::base
