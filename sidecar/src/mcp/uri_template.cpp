#include "mcp/uri_template.h"

#include <fmt/format.h>

#include <algorithm>

namespace freshet::mcp {
namespace {

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

}  // namespace

std::optional<UriTemplate> UriTemplate::parse(std::string_view text) {
  UriTemplate out;
  out.text_ = text;
  std::string literal;
  while (!text.empty()) {
    const std::size_t open = text.find_first_of("{}");
    literal += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find('}', open);
    if (text[open] == '}' || close == std::string_view::npos) return std::nullopt;
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (name.empty() || name.find('{') != std::string_view::npos) return std::nullopt;
    if (literal.empty() && !out.names_.empty()) return std::nullopt;
    out.literals_.push_back(std::exchange(literal, {}));
    out.names_.emplace_back(name);
    text.remove_prefix(close + 1);
  }
  out.literals_.push_back(std::move(literal));
  return out;
}

std::optional<std::vector<std::string>> UriTemplate::match(std::string_view uri) const {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < literals_.size(); ++i) {
    if (!uri.starts_with(literals_[i])) return std::nullopt;
    uri.remove_prefix(literals_[i].size());
    if (i == names_.size()) break;
    // Up to what follows in the template, at the latest to the end of this part of the path.
    const std::string& next = literals_[i + 1];
    const std::size_t end = std::min(uri.find_first_of("/?#"), uri.size());
    const std::size_t follows = next.empty() ? end : uri.find(next);
    if (follows == std::string_view::npos || follows > end || follows == 0) return std::nullopt;
    std::optional<std::string> value = uri_decoded(uri.substr(0, follows));
    if (!value) return std::nullopt;
    values.push_back(*std::move(value));
    uri.remove_prefix(follows);
  }
  if (!uri.empty()) return std::nullopt;
  return values;
}

std::optional<std::string> uri_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
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

std::string uri_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace freshet::mcp
