#pragma once

#include <optional>
#include <string>

#include "base/error.h"

namespace freshet::server {

// An error as RFC 9457 problem details with the members of our own error beside them. `status` where it is
// not the code's own.
std::string problem_json(const base::Error& error, int status);

}  // namespace freshet::server
