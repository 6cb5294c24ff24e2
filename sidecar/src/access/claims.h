#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/raw_json.h"
#include "base/result.h"

namespace freshet::access {

using WallTime = std::chrono::system_clock::time_point;

// The registered claims of a token (RFC 7519 §4.1), each of the type that the RFC gives it; everything else
// stays in the canonical text.
struct Claims {
  std::optional<std::string> issuer;
  std::optional<std::string> subject;
  std::optional<std::vector<std::string>> audience;
  std::optional<WallTime> expires;
  std::optional<WallTime> not_before;
  std::optional<WallTime> issued_at;
  std::string canonical;
};

// `payload`: JSON object text. Refused: invalid JSON, duplicate names, a registered claim of another type, an
// instant that is negative or after the year 9999.
base::Result<Claims> parse_claims(std::string_view payload);

// Who owns a mutation's record (Identity::principal).
std::string principal(const Claims& claims);

}  // namespace freshet::access
