#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace freshet::push {

// The statements that make the database of the first URI like that of the second, found by @pgkit/migra
// (docs/decisions/0011-tables-by-migra.md), which is looked for in node_modules of `folder`, of the folders
// that it lies in, and of the checkout of this program. `excluded`: schemas to leave alone, as a JSON array.
// An error says how to install it.
base::Result<std::vector<std::string>> differences(const std::string& folder, const std::string& from,
                                                   const std::string& to, const std::string& excluded);

}  // namespace freshet::push
