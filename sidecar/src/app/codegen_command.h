#pragma once

#include <string>
#include <vector>

namespace freshet::app {

// Becomes `freshet-codegen` with these arguments: the one of the project in the current directory, else of
// PATH. When there is none it says how to get it.
int codegen(const std::vector<std::string>& arguments);

}  // namespace freshet::app
