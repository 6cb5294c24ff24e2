#include "access/key_url.h"

#include <memory>
#include <utility>

#include <curl/curl.h>

namespace freshet::access {
namespace {

base::Error refused(std::string why) {
  return base::Error(base::ErrorCode::kInvalidArguments, std::move(why));
}

// Empty: the URL has no such part.
std::string part(CURLU* url, CURLUPart what) {
  char* text = nullptr;
  if (curl_url_get(url, what, &text, 0) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

base::Result<KeyUrl> parse_key_url(const std::string& text) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(), curl_url_cleanup);
  if (!url || text.empty() || text.find_first_of(" \t\r\n") != std::string::npos ||
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return refused("not a URL");
  }
  KeyUrl out;
  const std::string scheme = part(url.get(), CURLUPART_SCHEME);
  out.loopback = is_loopback(part(url.get(), CURLUPART_HOST));
  if (!part(url.get(), CURLUPART_USER).empty() || !part(url.get(), CURLUPART_PASSWORD).empty())
    return refused("user and password have no place in it");
  if (!part(url.get(), CURLUPART_FRAGMENT).empty()) return refused("it has a fragment");
  if (scheme != "https" && !(scheme == "http" && out.loopback))
    return refused("must begin with https:// (http:// only on this machine: localhost, 127.0.0.1, [::1])");
  out.text = text;
  out.shown = text.substr(0, text.find('?'));
  return out;
}

}  // namespace freshet::access
