#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "mcp/catalog.h"
#include "session/backend.h"

namespace freshet::mcp {

// How the value of a call was asked for.
struct Asked {
  bool paged = false;                 // the value is a page
  std::optional<std::size_t> shrunk;  // rows: fewer than the caller asked for, because more were too long
};

// The list is too long, and can be read by pages: so many rows of it fit.
struct AskForPage {
  std::size_t rows = 0;
};

// The JSON text of a CallToolResult for a value: structured content that keeps to the tool's output schema,
// and the same as text. No value longer than `most` bytes is given whole. A list is cut behind the last row
// that fits, and both forms say so; a list that can be read by pages is to be asked for again as a page, so
// that the place where it was cut has a cursor; anything else is `too_large`.
std::variant<std::string, AskForPage> tool_result(const Function& function, const session::Outcome& outcome,
                                                  const Asked& asked, std::size_t most);

// The JSON text of a CallToolResult for a call that failed: the typed error as text, and in
// `_meta.freshet/error`.
std::string tool_error(const base::Error& error);

base::Error too_long(const Function& function, std::size_t bytes, std::size_t most);

}  // namespace freshet::mcp
