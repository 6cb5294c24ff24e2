#include "sqlfile/lexer.h"

#include <algorithm>
#include <cctype>

namespace freshet::sqlfile {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_newline(char c) { return c == '\n' || c == '\r'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool in_tag(char c) { return starts_name(c) || is_digit(c); }
bool in_name(char c) { return in_tag(c) || c == '$'; }

}  // namespace

Token Lexer::token(Token::Kind kind, std::size_t end) {
  const Token result{kind, at_, std::min(end, text_.size())};
  at_ = result.end;
  return result;
}

Token Lexer::give_up(const char* what) {
  unclosed_ = Unclosed{at_, what};
  at_ = text_.size();
  return token(Token::Kind::kEnd, at_);
}

Token Lexer::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  if (at_ >= text_.size()) return token(Token::Kind::kEnd, at_);
  const char c = text_[at_];
  std::size_t end = at_ + 1;
  if (c == '-' && at(end) == '-') {
    while (end < text_.size() && !is_newline(text_[end])) ++end;
    return token(Token::Kind::kComment, end);
  }
  if (c == '/' && at(end) == '*') return block_comment();
  if (c == '\'') return string(at_, false);
  if ((c == 'e' || c == 'E') && at(end) == '\'') return string(end, true);
  if (c == '"') {
    for (;; end += 2) {
      end = text_.find('"', end);
      if (end == std::string_view::npos) return give_up("a quoted name");
      if (at(end + 1) != '"') return token(Token::Kind::kName, end + 1);
    }
  }
  if (c == '$') {
    if (const std::string_view tag = dollar_tag(); !tag.empty()) {
      end = text_.find(tag, at_ + tag.size());
      return end == std::string_view::npos ? give_up("a dollar quote")
                                           : token(Token::Kind::kDollar, end + tag.size());
    }
  }
  if (starts_name(c)) {
    while (end < text_.size() && in_name(text_[end])) ++end;
    return token(Token::Kind::kWord, end);
  }
  if (is_digit(c)) {
    while (end < text_.size() && (is_digit(text_[end]) || text_[end] == '.')) ++end;
    return token(Token::Kind::kNumber, end);
  }
  return token(c == '\\' ? Token::Kind::kBackslash : Token::Kind::kSymbol, end);
}

Token Lexer::block_comment() {
  int depth = 0;
  for (std::size_t end = at_; end < text_.size();) {
    if (text_[end] == '/' && at(end + 1) == '*') {
      ++depth;
      end += 2;
    } else if (text_[end] == '*' && at(end + 1) == '/') {
      end += 2;
      if (--depth == 0) return token(Token::Kind::kComment, end);
    } else {
      ++end;
    }
  }
  return give_up("a comment");
}

Token Lexer::string(std::size_t quote, bool escapes) {
  std::size_t end = quote + 1;
  while (end < text_.size()) {
    if (escapes && text_[end] == '\\') {
      end += 2;
    } else if (text_[end] != '\'') {
      ++end;
    } else if (at(end + 1) == '\'') {
      end += 2;
    } else if (const auto more = continuation(end + 1)) {
      end = *more + 1;
    } else {
      return token(Token::Kind::kString, end + 1);
    }
  }
  return give_up("a string");
}

// The quote that goes on with a string which ended before `from`: only space and line comments are between
// them, with at least one line's end.
std::optional<std::size_t> Lexer::continuation(std::size_t from) const {
  bool newline = false;
  while (from < text_.size()) {
    if (is_space(text_[from])) {
      newline |= is_newline(text_[from]);
      ++from;
    } else if (text_[from] == '-' && at(from + 1) == '-') {
      while (from < text_.size() && !is_newline(text_[from])) ++from;
    } else {
      break;
    }
  }
  return newline && at(from) == '\'' ? std::optional(from) : std::nullopt;
}

// `$tag$`, or nothing where a dollar sign is part of something else.
std::string_view Lexer::dollar_tag() const {
  std::size_t end = at_ + 1;
  if (starts_name(at(end))) {
    while (end < text_.size() && in_tag(text_[end])) ++end;
  }
  return at(end) == '$' ? text_.substr(at_, end + 1 - at_) : std::string_view();
}

std::string value_of(const Token& token, std::string_view text) {
  std::string value(text.substr(token.begin, token.end - token.begin));
  if (token.kind == Token::Kind::kWord) {
    std::transform(value.begin(), value.end(), value.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  } else if (token.kind == Token::Kind::kName) {
    std::string name;
    for (std::size_t i = 1; i + 1 < value.size(); ++i) {
      name += value[i];
      if (value[i] == '"') ++i;
    }
    return name;
  }
  return value;
}

}  // namespace freshet::sqlfile
