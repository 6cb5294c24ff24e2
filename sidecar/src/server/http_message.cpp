#include "server/http_message.h"

#include <algorithm>

#include "access/authenticator.h"
#include "base/raw_json.h"
#include "server/problem.h"

namespace freshet::server {
namespace {

namespace http = boost::beast::http;
using http::field;

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

// Without the mark of a weak tag.
std::string_view opaque(std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; }

}  // namespace

HttpResponse response(http::status status, std::string_view type, std::string body) {
  HttpResponse out{status, 11};
  out.set(field::server, "freshet");
  if (!type.empty()) out.set(field::content_type, type);
  out.set(field::cache_control, "no-store");
  out.set("X-Content-Type-Options", "nosniff");
  out.body() = std::move(body);
  return out;
}

HttpResponse problem_response(const Edge& edge, const base::Error& error, int status) {
  const int known = status != 0 ? status : base::info(error.code).http_status;
  HttpResponse out =
      response(static_cast<http::status>(known), "application/problem+json", problem_json(error, known));
  if (known == 401) out.set(field::www_authenticate, "Bearer");
  if (known == 429 || known == 503) {
    out.set(field::retry_after, std::to_string(known == 429 ? 1 : edge.settings.limits.retry_after.count()));
  }
  return out;
}

HttpResponse not_modified(HttpResponse whole) {
  whole.result(http::status::not_modified);
  whole.erase(field::content_type);
  whole.body().clear();
  return whole;
}

bool has_match(const HttpRequest& request, std::string_view tag) {
  const auto fields = request.equal_range(field::if_none_match);
  for (auto at = fields.first; at != fields.second; ++at) {
    std::string_view rest = base::trim_json(view(at->value()));
    if (rest == "*") return true;
    while (!rest.empty()) {
      const std::size_t open = rest.find('"');
      const std::size_t close = open == std::string_view::npos ? open : rest.find('"', open + 1);
      if (close == std::string_view::npos) break;
      if (rest.substr(open, close - open + 1) == opaque(tag)) return true;
      rest.remove_prefix(close + 1);
    }
  }
  return false;
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
    if (!low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

std::optional<std::string> Target::parameter(std::string_view name) const {
  std::optional<std::string> found;
  for (const auto& [key, value] : parameters) {
    if (key != name) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found;
}

std::optional<Target> parse_target(std::string_view text) {
  if (!text.starts_with('/')) return std::nullopt;
  Target target;
  const std::size_t mark = text.find('?');
  target.path = text.substr(0, mark);
  std::string_view rest = mark == std::string_view::npos ? std::string_view() : text.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::optional<std::string> key = percent_decoded(pair.substr(0, equals), true);
    std::optional<std::string> value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!key || !value) return std::nullopt;
    target.parameters.emplace_back(*std::move(key), *std::move(value));
  }
  return target;
}

bool is_json(const HttpRequest& request) {
  const std::string_view encoding = view(request[field::content_encoding]);
  if (!encoding.empty() && !equals_ignoring_case(encoding, "identity")) return false;
  const std::string_view type = view(request[field::content_type]);
  return equals_ignoring_case(base::trim_json(type.substr(0, type.find(';'))), "application/json");
}

base::Result<std::optional<std::string>> bearer_token(const HttpRequest& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const auto fields = request.equal_range(field::authorization);
  if (fields.first == fields.second) return std::optional<std::string>();
  const std::string_view value = view(fields.first->value());
  if (std::next(fields.first) != fields.second || value.size() <= kScheme.size() ||
      !equals_ignoring_case(value.substr(0, kScheme.size()), kScheme)) {
    return access::invalid_token();
  }
  return std::optional<std::string>(value.substr(kScheme.size()));
}

}  // namespace freshet::server
