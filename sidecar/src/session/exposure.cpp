#include "session/exposure.h"

#include "session/mutant.h"

namespace freshet::session {

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::kQuery:
      return "query";
    case Kind::kMutation:
      return "mutation";
    case Kind::kAction:
      break;
  }
  return "action";
}

std::optional<base::Error> admit(const FunctionInfo* function, const std::string& path, Kind kind,
                                 const access::Identity* identity) {
  if (function == nullptr) {
    return base::Error(base::ErrorCode::kNotFound, "no such function");
  }
  if (function->kind != kind) {
    const std::string article = function->kind == Kind::kAction ? "an " : "a ";
    return base::Error(base::ErrorCode::kNotFound,
                       "this function is " + article + std::string(name(function->kind)));
  }
  if (identity == nullptr && !function->is_public) {
    return base::Error(base::ErrorCode::kUnauthenticated, "sign in to call this function");
  }
  if (identity != nullptr && identity->scopes && !mutant::kScopesUnchecked &&
      !identity->scopes->allow(name(kind), path)) {
    return base::Error(base::ErrorCode::kForbidden, "the scopes of this API key do not name this function");
  }
  return std::nullopt;
}

}  // namespace freshet::session
