#include "tools/admin_client.h"

#include <curl/curl.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/raw_json.h"

namespace freshet::tools {
namespace {

using base::Error;
using base::ErrorCode;

constexpr long kPatienceSeconds = 10;
constexpr std::size_t kMaxBytes = 256u << 20;

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (body.size() + size * count > kMaxBytes) return 0;
  body.append(bytes, size * count);
  return size * count;
}

Error refusal(long status, const std::string& body) {
  std::string message = "the gateway answered " + std::to_string(status);
  ErrorCode code = ErrorCode::kInternal;
  for (const base::JsonMember& member : base::trusted_object_members(body)) {
    const auto text = base::parse_json_string(member.value);
    if (member.key == "message" && text) message = *text;
    if (member.key == "code" && text) code = base::error_code_named(*text).value_or(code);
  }
  if (status == 401) message += "; give its --admin-token (FRESHET_ADMIN_TOKEN)";
  if (status == 404 && message == "no such page")
    message = "the gateway has no operators' pages: start it with --admin-token (FRESHET_ADMIN_TOKEN)";
  return {code, message};
}

}  // namespace

void add_gateway_settings(CLI::App& command, Gateway& gateway) {
  command.add_option("--gateway-url", gateway.url, "The gateway, as http://HOST:PORT")
      ->type_name("URL")
      ->capture_default_str();
  command.add_option("--admin-token", gateway.admin_token, "The gateway's own --admin-token")
      ->type_name("SECRET");
  command
      .add_option("--config", "File of `name = value` lines, names as these flags without dashes in front")
      ->type_name("FILE");
}

std::string check_gateway(const Gateway& gateway) {
  if (!gateway.url.starts_with("http://") && !gateway.url.starts_with("https://"))
    return "--gateway-url must begin with http:// or https://";
  if (gateway.admin_token.empty()) return "--admin-token (FRESHET_ADMIN_TOKEN) is missing";
  if (gateway.admin_token.find_first_of("\r\n") != std::string::npos) return "--admin-token must be one line";
  return {};
}

base::Result<std::string> get_page(const Gateway& gateway, const std::string& path) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (curl == nullptr) return Error(ErrorCode::kInternal, "out of memory");
  std::string url = gateway.url;
  while (url.ends_with('/')) url.pop_back();
  url += path;
  const std::string authorization = "Authorization: Bearer " + gateway.admin_token;
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
      curl_slist_append(nullptr, authorization.c_str()), curl_slist_free_all);
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kPatienceSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode done = curl_easy_perform(curl.get());
  if (done != CURLE_OK) return Error(ErrorCode::kOverloaded, gateway.url + ": " + curl_easy_strerror(done));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return refusal(status, body);
  return body;
}

}  // namespace freshet::tools
