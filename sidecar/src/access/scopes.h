#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace freshet::access {

// What an API key may call: a list of patterns `[kind:]path`. `kind` is query, mutation or action, any when
// it is absent. `path` is `*`, `module.*` or `module.function`. A call is allowed by any one of them; an
// empty list allows nothing.
//   {"query:*", "orders.*", "mutation:stock.adjust"}
class Scopes {
 public:
  // The error is `invalid_arguments` and names the pattern at fault.
  static base::Result<Scopes> parse(const std::vector<std::string>& patterns);

  // `kind` as it is spelled in patterns.
  bool allow(std::string_view kind, std::string_view path) const;

 private:
  struct Pattern {
    std::string kind;  // empty: any
    std::string path;
  };
  std::vector<Pattern> patterns_;
};

}  // namespace freshet::access
