#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace freshet::base {

// One text for all spellings of a JSON value: no white space, members by the bytes of their decoded keys,
// strings with the fewest escapes. Numbers keep their digits (1 and 1.0 stay two texts: at worst two live
// queries do not share). Refuses what check_json refuses.
Result<std::string> canonical_json(std::string_view text);

}  // namespace freshet::base
