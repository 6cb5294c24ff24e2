#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "mcp/catalog.h"
#include "session/backend.h"

namespace freshet::mcp {

// What a resource's address asks for: `freshet://query/messages.list?channel=…&page={"limit":20}`, the
// arguments as text (see TextForm), or an address that a function declared.
struct Resource {
  const Function* function = nullptr;  // of the catalog that was asked
  session::Call call;
};

// Errors: `not_found`: there is no such resource; `invalid_arguments`: the address does not say what it has
// to.
base::Result<Resource> find_resource(const Catalog& catalog, std::string_view uri);

// The JSON text of an argument that came as text. The error names it.
base::Result<std::string> json_of_text(const Argument& argument, std::string_view text);

}  // namespace freshet::mcp
