#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace freshet::tools {

// What freshet.read_set_json() returns, one line for each table that was read: "app.message (id, body) where
// channel_id = one value". The values themselves are hashes and say nothing to people.
std::vector<std::string> read_set_lines(std::string_view json);

}  // namespace freshet::tools
