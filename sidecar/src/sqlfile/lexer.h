// The words of SQL text, as the server's lexer (scan.l) tells them apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::sqlfile {

struct Token {
  enum class Kind : std::uint8_t {
    kWord,    // a keyword or a name without quotes
    kName,    // a name in double quotes
    kString,  // '…', with what continues it on the next line; a prefix such as N or U& is a token before it
    kDollar,  // $tag$ … $tag$
    kNumber,
    kSymbol,     // one character
    kComment,    // -- … or /* … */
    kBackslash,  // begins a command of psql; the server knows none
    kEnd
  };
  Kind kind = Kind::kEnd;
  std::size_t begin = 0;  // bytes
  std::size_t end = 0;
};

// What the text ends within.
struct Unclosed {
  std::size_t begin = 0;
  const char* what = "";  // "a string", "a dollar quote", …
};

// Reads a text from its beginning. With standard_conforming_strings, as every server has had it since 9.1.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // kEnd at the end, and for ever after an unclosed token.
  Token next();
  const std::optional<Unclosed>& unclosed() const { return unclosed_; }

 private:
  char at(std::size_t index) const { return index < text_.size() ? text_[index] : '\0'; }
  Token token(Token::Kind kind, std::size_t end);
  Token give_up(const char* what);
  Token block_comment();
  Token string(std::size_t quote, bool escapes);
  std::optional<std::size_t> continuation(std::size_t from) const;
  std::string_view dollar_tag() const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<Unclosed> unclosed_;
};

// A word in lower case, as the server folds it; a quoted name without its quotes; else the text itself.
std::string value_of(const Token& token, std::string_view text);

}  // namespace freshet::sqlfile
