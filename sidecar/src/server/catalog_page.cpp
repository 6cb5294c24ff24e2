#include "server/catalog_page.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/raw_json.h"

namespace freshet::server {
namespace {

namespace http = boost::beast::http;
using base::Error;
using base::ErrorCode;
using http::field;

std::string tag_of(const session::Catalog& catalog) { return "\"" + catalog.hash + "\""; }

HttpResponse described(const Edge& edge, const HttpRequest& request, session::Bytes session::Catalog::*text) {
  const std::shared_ptr<const session::Catalog> known = edge.backend.catalog();
  if (!known) return problem_response(edge, Error(ErrorCode::kOverloaded, "the catalog was not read yet"));
  const std::string tag = tag_of(*known);
  const session::Bytes& bytes = *known.*text;
  HttpResponse out = response(http::status::ok, "application/json", bytes ? *bytes : "{}");
  out.set(field::etag, tag);
  out.set(field::cache_control, "no-cache");
  return has_match(request, tag) ? not_modified(std::move(out)) : std::move(out);
}

// The seconds of `Prefer: wait=N` (RFC 7240), not more than the limit; none: the caller does not wait.
std::optional<std::chrono::seconds> patience(const Edge& edge, const HttpRequest& request) {
  constexpr std::string_view kWait = "wait=";
  std::string_view left = view(request["Prefer"]);
  while (!left.empty()) {
    const std::size_t comma = std::min(left.find(','), left.size());
    const std::string_view preference = base::trim_json(left.substr(0, comma));
    left.remove_prefix(std::min(comma + 1, left.size()));
    if (!preference.starts_with(kWait)) continue;
    const char* end = preference.data() + preference.size();
    std::uint32_t seconds = 0;
    const auto read = std::from_chars(preference.data() + kWait.size(), end, seconds);
    if (read.ec == std::errc() && read.ptr == end)
      return std::min(std::chrono::seconds(seconds), edge.settings.limits.max_catalog_wait);
  }
  return std::nullopt;
}

}  // namespace

void answer_catalog(const Edge& edge, const HttpRequest& request, Respond respond) {
  const auto waits = patience(edge, request);
  const auto known = edge.backend.catalog();
  auto answer = [&edge, request, respond] { respond(described(edge, request, &session::Catalog::json)); };
  if (!waits || !known || !has_match(request, tag_of(*known))) return answer();
  if (edge.catalog_push->wait(known->hash, *waits, answer)) return;
  respond(problem_response(edge, Error(ErrorCode::kOverloaded, "too many wait for the next catalog")));
}

HttpResponse openapi_page(const Edge& edge, const HttpRequest& request) {
  return described(edge, request, &session::Catalog::openapi);
}

}  // namespace freshet::server
