#pragma once

#include <string>
#include <string_view>

#include "server/http_message.h"

namespace freshet::server {

// Why a request of this Host and Origin is not answered; none: it is.
std::optional<HttpResponse> refuse_place(const Edge& edge, const HttpRequest& request);

// Lets a page of the request's origin, which was found allowed, read the response. Caches are told that it
// depends on the origin even where there is none.
void allow_origin(HttpResponse& out, std::string_view origin);

// The answer to a browser that asks first. `methods`: as in Allow.
HttpResponse preflight(std::string_view origin, std::string_view methods);

}  // namespace freshet::server
