#include "access/scopes.h"

#include <algorithm>

namespace freshet::access {
namespace {

bool path_matches(std::string_view pattern, std::string_view path) {
  if (pattern == "*") return true;
  if (!pattern.ends_with(".*")) return pattern == path;
  const std::string_view module = pattern.substr(0, pattern.size() - 1);
  return path.size() > module.size() && path.starts_with(module);
}

}  // namespace

base::Result<Scopes> Scopes::parse(const std::vector<std::string>& patterns) {
  Scopes scopes;
  for (const std::string& text : patterns) {
    Pattern pattern{"", text};
    if (const std::size_t colon = text.find(':'); colon != std::string::npos) {
      pattern = {text.substr(0, colon), text.substr(colon + 1)};
      if (pattern.kind != "query" && pattern.kind != "mutation" && pattern.kind != "action") {
        return base::Error(
            base::ErrorCode::kInvalidArguments,
            "scope \"" + text + "\": expected query:, mutation: or action: in front of the path");
      }
    }
    const std::size_t dot = pattern.path.find('.');
    const std::size_t star = pattern.path.find('*');
    const bool whole = pattern.path == "*";
    const bool named = pattern.path.find(':') == std::string::npos && dot != std::string::npos && dot > 0 &&
                       dot + 1 < pattern.path.size() &&
                       (star == std::string::npos || (star == dot + 1 && star + 1 == pattern.path.size()));
    if (!whole && !named) {
      return base::Error(base::ErrorCode::kInvalidArguments,
                         "scope \"" + text + "\": expected *, module.* or module.function");
    }
    scopes.patterns_.push_back(std::move(pattern));
  }
  return scopes;
}

bool Scopes::allow(std::string_view kind, std::string_view path) const {
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
    return (pattern.kind.empty() || pattern.kind == kind) && path_matches(pattern.path, path);
  });
}

}  // namespace freshet::access
