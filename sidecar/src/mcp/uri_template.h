#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::mcp {

// An address in which `{name}` stands for a part of at least one character up to the next `/`, `?` or `#`:
// the simple expansion of RFC 6570, read backwards.
class UriTemplate {
 public:
  // nullopt: braces that do not match, an empty name, or two places side by side, which could not be told
  // apart.
  static std::optional<UriTemplate> parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::vector<std::string>& names() const { return names_; }
  // What stands in the places, decoded, in the order of names(); nullopt: it is another address.
  std::optional<std::vector<std::string>> match(std::string_view uri) const;

 private:
  std::string text_;
  std::vector<std::string> literals_;  // one more than names_
  std::vector<std::string> names_;
};

// `%41` decoded; nullopt: a malformed escape.
std::optional<std::string> uri_decoded(std::string_view text);
// What may not stand in a URI's path or query as it is, encoded.
std::string uri_encoded(std::string_view text);

}  // namespace freshet::mcp
