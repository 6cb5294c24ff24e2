#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace freshet::mcp {

// A schema of the catalog as agents and their clients take it: without the `x-…` members, at which strict
// validators and some models stop; the SQL type, where the JSON type does not tell it, is the description.
nlohmann::ordered_json plain_schema(const nlohmann::ordered_json& schema);

// How a value is written where there is only text: in the query of a resource's address and in the arguments
// of prompts.
enum class TextForm {
  kText,    // the text is the value
  kEither,  // JSON where it is a number or a boolean, else the value
  kJson,    // JSON
};
TextForm text_form(const nlohmann::ordered_json& schema);

// The values of an enum; none: it is none.
std::vector<std::string> enum_values(const nlohmann::ordered_json& schema);

}  // namespace freshet::mcp
