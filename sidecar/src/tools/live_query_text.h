#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

// What a gateway's operators' pages say, in words (docs/operations.md "Looking inside").
namespace freshet::tools {

// "update of app.message (body) where channel_id = one value": what made a live query run again.
std::string cause_text(const nlohmann::json& cause);

// "messages.list {"channel":1}", with "guard of" in front and the page behind.
std::string call_text(const nlohmann::json& query);

// All about one live query, over several lines.
std::string live_query_text(const nlohmann::json& query);

}  // namespace freshet::tools
