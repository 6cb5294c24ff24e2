#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace freshet::app {

// The OpenAPI 3.1 document of a catalog as the gateway shows it: one operation for each function that can be
// called, POST /api/f/{module}/{function}, with its arguments as body and its value as answer; POST
// /api/batch; the errors, once; who may call what (`security`). Schemas are those of the catalog, so what a
// generator makes of them is what the extension checks and writes. Equal catalogs give equal bytes.
std::string openapi_document(const nlohmann::ordered_json& catalog, std::string_view version);

}  // namespace freshet::app
