#pragma once

#include <string_view>

#include "server/limits.h"

namespace freshet::server {

// Whether requests under this `Host` are for us (Settings::allowed_hosts).
bool host_allowed(const Settings& settings, std::string_view host);

// Whether a page of this `Origin` may talk to us: it is listed, or is the host itself. A name that was not
// configured is never "itself": a page of an attacker whose name was pointed at this address says so too (DNS
// rebinding).
bool origin_allowed(const Settings& settings, std::string_view origin, std::string_view host);

}  // namespace freshet::server
