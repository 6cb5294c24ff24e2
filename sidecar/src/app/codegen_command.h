#pragma once

#include <string>
#include <vector>

namespace freshet::app {

// Becomes `freshet-codegen` of the npm package @freshet/codegen with these arguments: the one of the project
// that the current directory lies in, else of the checkout that this program lies in, else of PATH. Returns,
// with 1, only when there is none or no Node to run it.
int codegen(const std::vector<std::string>& arguments);

}  // namespace freshet::app
