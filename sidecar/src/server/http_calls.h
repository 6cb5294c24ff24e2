#pragma once

#include <functional>
#include <string_view>

#include "server/http_message.h"
#include "session/backend.h"

// Calls of functions over HTTP (docs/protocol.md "HTTP"). `respond` is called exactly once: at once, or later
// from any thread.
namespace freshet::server {

using Respond = std::function<void(HttpReply)>;

// POST /api/query, /api/mutation, /api/action: {"path", "args"?, "page"?} in the body. GET /api/query: the
// same as parameters.
void answer_call(const Edge& edge, const HttpRequest& request, const Target& target, session::Kind kind,
                 Respond respond);

// POST /api/batch: {"queries": [{"path", "args"?, "page"?}, …]}.
void answer_batch(const Edge& edge, const HttpRequest& request, Respond respond);

// /api/f/{module}/{function}: the arguments are the whole body, or the parameter `args` of a GET, and the
// value is the whole answer. `function`: what follows /api/f/.
void answer_function(const Edge& edge, const HttpRequest& request, const Target& target,
                     std::string_view function, Respond respond);

}  // namespace freshet::server
