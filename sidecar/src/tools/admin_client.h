#pragma once

#include <string>

#include "base/result.h"

namespace CLI {
class App;
}

namespace freshet::tools {

// Which gateway the operators' pages are asked of.
struct Gateway {
  std::string url = "http://127.0.0.1:4700";
  std::string admin_token;
};

void add_gateway_settings(CLI::App& command, Gateway& gateway);

// What is missing or malformed, as one line that names the setting; empty when all is well.
std::string check_gateway(const Gateway& gateway);

// The body of GET `path`, or the gateway's own error. Within ten seconds.
base::Result<std::string> get_page(const Gateway& gateway, const std::string& path);

}  // namespace freshet::tools
