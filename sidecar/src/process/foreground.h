#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace freshet::process {

// Runs a line of shell with our terminal and these variables added, to its end. Its exit status, as a shell
// tells it: 128 + signal where a signal ended it.
base::Result<int> run_in_foreground(const std::string& line,
                                    const std::map<std::string, std::string>& environment);

}  // namespace freshet::process
