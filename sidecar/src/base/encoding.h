#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace freshet::base {

std::string to_hex(std::string_view bytes);
// Either case; an odd length or another character is `invalid_arguments`.
Result<std::string> from_hex(std::string_view text);

// RFC 4648 §5 without padding, as in tokens, session ids and cursors.
std::string to_base64url(std::string_view bytes);
// Refuses padding, other characters and non-zero trailing bits, so that a value has one spelling.
Result<std::string> from_base64url(std::string_view text);

// RFC 4648 §4 with padding, as in bytea results and Sec-WebSocket-Accept.
std::string to_base64(std::string_view bytes);

}  // namespace freshet::base
