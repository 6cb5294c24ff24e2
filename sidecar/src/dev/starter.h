#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace freshet::dev {

// Writes a small app to begin with: a table, two functions, a test. Refuses where one of the files is there
// already. Gives the files' paths.
base::Result<std::vector<std::string>> write_starter(const std::string& folder);

}  // namespace freshet::dev
