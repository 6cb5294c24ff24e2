#pragma once

#include <string>

#include "tools/admin_client.h"

namespace freshet::tools {

struct TopOptions {
  Gateway gateway;
  int most = 40;
  int interval = 2;  // seconds
  std::string sort = "total";
  bool once = false;
  bool json = false;
};

// Shows the live queries of a gateway, what they cost and why they ran last, until it is interrupted.
int top(const TopOptions& options);

}  // namespace freshet::tools
