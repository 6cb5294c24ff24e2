#pragma once

#include <optional>

#include "session/backend.h"

namespace freshet::session {

// Whether this caller may call this function at all, before any guard: an anonymous caller only what is
// `public`
// (`unauthenticated`), and each function only as what it is (`not_found`). `function` null: the catalog does
// not name it
// (`not_found`). Asked by the edge when a call arrives and by the backend whenever identity or catalog
// change.
std::optional<base::Error> admit(const FunctionInfo* function, Kind kind, const access::Identity* identity);

}  // namespace freshet::session
