#pragma once

#include <string>
#include <string_view>

namespace freshet::tools {

// The same JSON over several lines, numbers and strings byte for byte as they were. What fits into 100
// characters stays on one line.
std::string pretty_json(std::string_view text);

}  // namespace freshet::tools
