#pragma once

#include <string>

#include "tools/admin_client.h"

namespace freshet::tools {

struct WhyOptions {
  Gateway gateway;
  std::string which;  // id of a live query as `top` shows it, or a path
  bool json = false;
};

// Prints why live queries ran again, and what they read.
int why(const WhyOptions& options);

}  // namespace freshet::tools
