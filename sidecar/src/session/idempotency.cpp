#include "session/idempotency.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/evp.h>

#include "base/encoding.h"

namespace freshet::session {

bool is_idempotency_key(std::string_view key) {
  return !key.empty() && key.size() <= 255 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
}

std::string keyed_session(std::string_view principal, std::string_view key) {
  // The length keeps ("a", "bc") and ("ab", "c") apart.
  std::string input = std::to_string(principal.size()) + ":";
  input += principal;
  input += key;
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  if (EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  return "key:" + base::to_base64url(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

}  // namespace freshet::session
