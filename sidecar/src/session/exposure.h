#pragma once

#include <optional>

#include "session/backend.h"

namespace freshet::session {

// Whether this caller may call this function at all, before any guard: an anonymous caller only what is
// `public` (`unauthenticated`), an API key only what its scopes name (`forbidden`), and each function only as
// what it is (`not_found`). `function` null: the catalog does not name it (`not_found`). Asked by the edge
// when a call arrives and by the backend whenever identity or catalog change.
std::optional<base::Error> admit(const FunctionInfo* function, const std::string& path, Kind kind,
                                 const access::Identity* identity);

// As scopes and the catalog spell it.
std::string_view name(Kind kind);

}  // namespace freshet::session
