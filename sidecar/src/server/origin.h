#pragma once

#include <string_view>

#include "server/limits.h"

namespace freshet::server {

// Whether a request with this Host header (possibly with a port; empty: none) may be answered. Where names
// are configured only they; else on a loopback address only IP addresses and localhost, since a page
// elsewhere can have its own name resolved to this machine (DNS rebinding); else any.
bool host_allowed(const Settings& settings, std::string_view host);

// Whether the host is one of which nobody else can make a browser believe that it is his: configured, or an
// IP address, or localhost. Asked before what a browser sends without naming its origin is answered.
bool host_known(const Settings& settings, std::string_view host);

// Whether a page of this origin may use the gateway: listed, or the page came from this very host and the
// host is known.
bool origin_allowed(const Settings& settings, std::string_view origin, std::string_view host);

}  // namespace freshet::server
