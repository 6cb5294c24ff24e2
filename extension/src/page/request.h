// The `page` of a request: {"limit", "after"?, "until"?}.
#pragma once

#include "call/arguments.h"
#include "call/function.h"

namespace freshet {

struct PageRequest {
  int limit;
  const char* after;  // cursors as text, nullptr where none is given
  const char* until;
};

// What is wrong is added to `problems`, under paths that begin with `page`.
PageRequest read_page_request(const Function* function, const char* json, Problems* problems);

}  // namespace freshet
