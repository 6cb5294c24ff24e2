#pragma once

#include "server/http_calls.h"
#include "server/http_message.h"

namespace freshet::server {

// /mcp: the Model Context Protocol (docs/mcp.md) over POST, GET (the session's event stream) and DELETE (its
// end).
void answer_mcp(const Edge& edge, const HttpRequest& request, Respond respond);

}  // namespace freshet::server
