#include "access/http_get.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include <curl/curl.h>
#include <strings.h>

namespace freshet::access {
namespace {

struct Reading {
  Page page;
  const std::atomic<bool>* stopping = nullptr;
  std::size_t header_bytes = 0;
  bool too_long = false;
};

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* into) {
  auto& reading = *static_cast<Reading*>(into);
  if (reading.page.body.size() + count > kMaxPageBytes) {
    reading.too_long = true;
    return 0;
  }
  reading.page.body.append(bytes, count);
  return count;
}

std::optional<std::chrono::seconds> max_age_of(std::string directives) {
  std::transform(directives.begin(), directives.end(), directives.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const char* none : {"no-store", "no-cache"}) {
    if (directives.find(none) != std::string::npos) return std::chrono::seconds(0);
  }
  constexpr std::string_view kName = "max-age=";
  const std::size_t at = directives.find(kName);
  if (at == std::string::npos) return std::nullopt;
  const std::string_view digits = std::string_view(directives).substr(at + kName.size());
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

std::size_t take_header(char* bytes, std::size_t, std::size_t count, void* into) {
  constexpr std::string_view kName = "cache-control:";
  auto& reading = *static_cast<Reading*>(into);
  reading.header_bytes += count;
  if (reading.header_bytes > kMaxPageBytes) {
    reading.too_long = true;
    return 0;
  }
  if (count > kName.size() && strncasecmp(bytes, kName.data(), kName.size()) == 0)
    reading.page.max_age = max_age_of({bytes + kName.size(), count - kName.size()});
  return count;
}

int go_on(void* reading, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Reading*>(reading)->stopping->load() ? 1 : 0;
}

base::Error failed(const KeyUrl& url, const std::string& why) {
  return base::Error(base::ErrorCode::kOverloaded, url.shown + ": " + why);
}

std::string why_not(CURLcode code, const Reading& reading, const char* said) {
  if (reading.too_long) return "more than " + std::to_string(kMaxPageBytes) + " bytes";
  if (code == CURLE_OPERATION_TIMEDOUT) {
    constexpr auto kSeconds = std::chrono::duration_cast<std::chrono::seconds>(kReadPatience);
    return "no whole answer within " + std::to_string(kSeconds.count()) + " s";
  }
  // What the handshake failed on is in its own words only; elsewhere they hold times and addresses.
  const bool by_handshake = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR;
  return by_handshake && *said != '\0' ? said : curl_easy_strerror(code);
}

}  // namespace

base::Result<Page> http_get(const KeyUrl& url, const std::string& ca_file,
                            const std::atomic<bool>& stopping) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return failed(url, "no memory");
  Reading reading;
  reading.stopping = &stopping;
  std::array<char, CURL_ERROR_SIZE> said{};
  CURL* handle = curl.get();
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, said.data());
  curl_easy_setopt(handle, CURLOPT_URL, url.text.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, url.loopback ? "https,http" : "https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(kConnectPatience.count()));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(kReadPatience.count()));
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, ca_file.c_str());
    // Else the system's folder of authorities would still count beside the file.
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  }
  if (url.loopback) curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "freshet");
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &reading);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &reading);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, go_on);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &reading);
  const CURLcode code = curl_easy_perform(handle);
  if (code != CURLE_OK) return failed(url, why_not(code, reading, said.data()));
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 300 && status < 400)
    return failed(url, "HTTP status " + std::to_string(status) + ": redirections are not followed");
  if (status != 200) return failed(url, "HTTP status " + std::to_string(status) + " in place of 200");
  return std::move(reading.page);
}

}  // namespace freshet::access
