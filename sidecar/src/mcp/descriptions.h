#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string_view>

#include "mcp/catalog.h"
#include "mcp/declarations.h"

namespace freshet::mcp {

// What the address of every query begins with as a resource: its path follows.
inline constexpr std::string_view kQueryUri = "freshet://query/";

// Writes what agents are shown of the function (`tool`, `prompt`, `resource`, `resource_template` and their
// addresses), from its entry in the catalog. The rest of `function` is known.
void describe(const nlohmann::ordered_json& entry, const Declarations& declared, Function& function);

}  // namespace freshet::mcp
