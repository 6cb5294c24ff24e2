#pragma once

#include <map>
#include <mutex>
#include <string>

#include "session/backend.h"

namespace freshet::app {

// Why the gateway is not ready: one sentence per part that complains, with the remedy where one is known. Any
// thread.
class Health {
 public:
  void complain(const std::string& part, std::string reason);
  void content(const std::string& part);
  session::Readiness readiness() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> reasons_;
};

// The server's message, followed by what to type where we know it.
std::string with_remedy(const std::string& message);

}  // namespace freshet::app
