#pragma once

#include "server/http_calls.h"
#include "server/http_message.h"

// What the gateway can be asked to call, under a tag that changes with it.
namespace freshet::server {

// GET /api/catalog. With `Prefer: wait=N` a request that knows the present catalog is answered when there is
// another one.
void answer_catalog(const Edge& edge, const HttpRequest& request, Respond respond);

// GET /openapi.json.
HttpResponse openapi_page(const Edge& edge, const HttpRequest& request);

}  // namespace freshet::server
