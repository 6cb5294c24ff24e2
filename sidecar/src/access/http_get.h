#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "access/key_url.h"
#include "base/result.h"

namespace freshet::access {

struct Page {
  std::string body;
  std::optional<std::chrono::seconds> max_age;  // of Cache-Control; no-store and no-cache are 0
};

// Bounds of one reading.
inline constexpr std::chrono::milliseconds kConnectPatience{3'000};
inline constexpr std::chrono::milliseconds kReadPatience{5'000};
inline constexpr std::size_t kMaxPageBytes = 256 * 1024;

// Blocks for at most kReadPatience; less when `stopping` becomes true. TLS certificates and host names are
// verified, with the system's authorities or those of `ca_file`; redirections are not followed: what an
// issuer publishes is at the address that it names. Only 200 is an answer. The error says what went wrong,
// for logs.
base::Result<Page> http_get(const KeyUrl& url, const std::string& ca_file, const std::atomic<bool>& stopping);

}  // namespace freshet::access
