#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace freshet::mcp {

// A function's place in the catalog.
struct FunctionName {
  std::string_view module;
  std::string_view function;
};

// The names of functions as tools and prompts, one for each, in their order. `messages.list` is
// `messages_list`: module and function with `_` between, of the characters A-Z a-z 0-9 _ - and at most 64 of
// them, which is what clients and models take. A name that had to be changed for that (other characters, too
// long), or that two functions would have, ends in `_` and eight hex digits of a hash of the path: so it
// depends on nothing that is exposed beside it, except for the clash itself, and never means another function
// than before. Empty: even that one is taken; the function has no name.
std::vector<std::string> tool_names(const std::vector<FunctionName>& functions);

}  // namespace freshet::mcp
