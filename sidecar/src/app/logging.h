#pragma once

#include <string>

namespace freshet::app {

// Sets up the process's one logger, on standard error. `json`: one object a line, for machines.
void start_logging(const std::string& level, bool json);

}  // namespace freshet::app
