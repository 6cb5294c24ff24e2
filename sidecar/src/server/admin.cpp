#include "server/admin.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>
#include <charconv>
#include <utility>

#include "server/mutant.h"

namespace freshet::server {
namespace {

namespace http = boost::beast::http;
using base::Error;
using base::ErrorCode;
using http::field;

constexpr std::string_view kPrefix = "/admin/";
constexpr std::string_view kList = "/admin/live-queries";

// In a time that does not depend on where they differ.
bool same_secret(std::string_view a, std::string_view b) {
  using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;
  const auto digest = [](std::string_view text) {
    Digest out{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
    return out;
  };
  return CRYPTO_memcmp(digest(a).data(), digest(b).data(), SHA256_DIGEST_LENGTH) == 0;
}

bool may_look(const Edge& edge, const HttpRequest& request) {
  const auto fields = request.equal_range(field::authorization);
  if (fields.first == fields.second || std::next(fields.first) != fields.second) return false;
  const std::string_view value = view(fields.first->value());
  return value.size() > 7 && boost::beast::iequals({value.data(), 7}, "Bearer ") &&
         (mutant::kAdminTokenUnchecked || same_secret(value.substr(7), edge.settings.admin_token));
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

// None: there is no such page.
std::optional<session::Inspection> inspection_of(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  session::Inspection asked;
  if (path == kList) {
    constexpr std::string_view kMost = "most=";
    const std::string_view query =
        target.size() > path.size() ? target.substr(path.size() + 1) : std::string_view();
    const bool known =
        query.empty() || (query.starts_with(kMost) && read_number(query.substr(kMost.size()), asked.most));
    return known && asked.most <= 10'000 ? std::optional(asked) : std::nullopt;
  }
  if (!path.starts_with(kList) || path.size() <= kList.size() + 1 || path[kList.size()] != '/')
    return std::nullopt;
  std::uint64_t id = 0;
  if (!read_number(path.substr(kList.size() + 1), id)) return std::nullopt;
  asked.query = id;
  return asked;
}

}  // namespace

bool is_admin(const Edge& edge, std::string_view path) {
  return !edge.settings.admin_token.empty() && path.starts_with(kPrefix);
}

void answer_admin(const Edge& edge, const HttpRequest& request, std::function<void(HttpReply)> respond) {
  if (!may_look(edge, request)) {
    count(edge.metrics.tokens_refused);
    return respond(problem_response(
        edge, Error(ErrorCode::kUnauthenticated, "this page needs the gateway's admin token")));
  }
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    HttpResponse out = problem_response(edge, Error(ErrorCode::kProtocol, "method not allowed"), 405);
    out.set(field::allow, "GET, HEAD");
    return respond(std::move(out));
  }
  const auto asked = inspection_of(view(request.target()));
  if (!asked) return respond(problem_response(edge, Error(ErrorCode::kNotFound, "no such page")));
  edge.backend.inspect(*asked, [&edge, respond = std::move(respond)](base::Result<std::string> seen) {
    if (!seen) return respond(problem_response(edge, seen.error()));
    HttpResponse out{http::status::ok, 11};
    out.set(field::server, "freshet");
    out.set(field::content_type, "application/json");
    out.set(field::cache_control, "no-store");
    out.set("X-Content-Type-Options", "nosniff");
    out.body() = *std::move(seen);
    respond(std::move(out));
  });
}

}  // namespace freshet::server
