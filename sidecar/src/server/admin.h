#pragma once

#include <functional>
#include <string_view>

#include "server/http_api.h"

namespace freshet::server {

// The operators' pages: GET /admin/live-queries[?most=N] and /admin/live-queries/ID (docs/operations.md
// "Looking inside"), as JSON, for whoever shows Settings::admin_token. They tell which calls clients make, so
// they are not there without a token, never served to other origins, and no token of a client opens them.
bool is_admin(const Edge& edge, std::string_view path);
void answer_admin(const Edge& edge, const HttpRequest& request, std::function<void(HttpReply)> respond);

}  // namespace freshet::server
