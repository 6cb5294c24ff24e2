#pragma once

#include <string>

#include "base/result.h"

namespace freshet::access {

// An address from which keys may be read: https, or http on this very machine (localhost, 127.0.0.0/8, ::1),
// without user, password and fragment.
struct KeyUrl {
  std::string text;   // as it is asked for
  std::string shown;  // without the query: for messages and logs
  bool loopback = false;
};

// The error is `invalid_arguments` and says what is wrong with it; of the text it holds nothing.
base::Result<KeyUrl> parse_key_url(const std::string& text);

}  // namespace freshet::access
