#include "session/exposure.h"

namespace freshet::session {

std::optional<base::Error> admit(const FunctionInfo* function, Kind kind, const access::Identity* identity) {
  if (function == nullptr) {
    return base::Error(base::ErrorCode::kNotFound, "no such function");
  }
  if (function->kind != kind) {
    const char* is = function->kind == Kind::kQuery      ? "a query"
                     : function->kind == Kind::kMutation ? "a mutation"
                                                         : "an action";
    return base::Error(base::ErrorCode::kNotFound, std::string("this function is ") + is);
  }
  if (identity == nullptr && !function->is_public) {
    return base::Error(base::ErrorCode::kUnauthenticated, "sign in to call this function");
  }
  return std::nullopt;
}

}  // namespace freshet::session
