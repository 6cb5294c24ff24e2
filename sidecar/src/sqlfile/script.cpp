#include "sqlfile/script.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace freshet::sqlfile {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r\f\v";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

class Splitter {
 public:
  explicit Splitter(std::string_view script) : script_(script), lexer_(script) {}

  std::variant<std::vector<Statement>, Problem> split() {
    while (true) {
      const Token token = lexer_.next();
      if (token.kind == Token::Kind::kEnd) break;
      if (token.kind == Token::Kind::kBackslash)
        return problem(token.begin, "psql's own commands are not SQL: there is no psql here");
      if (token.kind == Token::Kind::kComment) {
        if (statement_.tokens.empty()) comment(token);
      } else if (is(token, ";") && parentheses_ == 0 && blocks_ == 0) {
        finish(token.begin);
      } else {
        add(token);
      }
      last_end_ = token.end;
    }
    if (const auto& unclosed = lexer_.unclosed())
      return problem(unclosed->begin, std::string(unclosed->what) + " is not closed");
    finish(script_.size());
    return std::move(statements_);
  }

 private:
  Problem problem(std::size_t offset, std::string message) const {
    return {offset, place_of(script_, offset).line, std::move(message)};
  }

  bool is(const Token& token, std::string_view word) const {
    return (token.kind == Token::Kind::kWord || token.kind == Token::Kind::kSymbol) &&
           value_of(token, script_) == word;
  }

  int newlines_before(std::size_t offset) const {
    return static_cast<int>(std::count(script_.begin() + static_cast<std::ptrdiff_t>(last_end_),
                                       script_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
  }

  // Comment lines are of the statement below them unless a blank line parts them.
  void comment(const Token& token) {
    const std::string_view text = script_.substr(token.begin, token.end - token.begin);
    const int newlines = newlines_before(token.begin);
    if (newlines > 1) statement_.comments.clear();
    if (text.starts_with("--") && (newlines > 0 || last_end_ == 0))
      statement_.comments.emplace_back(trimmed(text.substr(2)));
  }

  void add(const Token& token) {
    if (statement_.tokens.empty()) {
      if (newlines_before(token.begin) > 1) statement_.comments.clear();
      statement_.offset = token.begin;
      creates_ = is(token, "create");
    }
    if (is(token, "(")) ++parentheses_;
    if (is(token, ")")) parentheses_ = std::max(parentheses_ - 1, 0);
    if (creates_ && token.kind == Token::Kind::kWord) count_block(token);
    statement_.tokens.push_back(token);
  }

  // Within CREATE, BEGIN ATOMIC … END holds statements of its own, and CASE has an END too. As a label or
  // behind a dot these words are names.
  void count_block(const Token& token) {
    const Token& before = statement_.tokens.empty() ? Token() : statement_.tokens.back();
    if (is(before, ".") || is(before, "as")) return;
    if (is(token, "atomic") && is(before, "begin")) ++blocks_;
    if (is(token, "case") && blocks_ > 0) ++blocks_;
    if (is(token, "end") && blocks_ > 0) --blocks_;
  }

  void finish(std::size_t end) {
    if (!statement_.tokens.empty()) {
      statement_.text = trimmed(script_.substr(statement_.offset, end - statement_.offset));
      line_ += static_cast<int>(std::count(script_.begin() + static_cast<std::ptrdiff_t>(counted_),
                                           script_.begin() + static_cast<std::ptrdiff_t>(statement_.offset),
                                           '\n'));
      counted_ = statement_.offset;
      statement_.line = line_;
      for (Token& token : statement_.tokens) {
        token.begin -= statement_.offset;
        token.end -= statement_.offset;
      }
      statements_.push_back(std::move(statement_));
    }
    statement_ = {};
    parentheses_ = 0;
    blocks_ = 0;
    creates_ = false;
  }

  std::string_view script_;
  Lexer lexer_;
  std::size_t last_end_ = 0;  // of the token before
  Statement statement_;
  int parentheses_ = 0;
  int blocks_ = 0;
  bool creates_ = false;
  int line_ = 1;  // at counted_
  std::size_t counted_ = 0;
  std::vector<Statement> statements_;
};

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::string Statement::value(std::size_t n) const {
  return n < tokens.size() ? value_of(tokens[n], text) : std::string();
}

bool Statement::is(std::size_t n, std::string_view word) const {
  return n < tokens.size() &&
         (tokens[n].kind == Token::Kind::kWord || tokens[n].kind == Token::Kind::kSymbol) && value(n) == word;
}

std::variant<std::vector<Statement>, Problem> split_script(std::string_view script) {
  return Splitter(script).split();
}

Place place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t newline = before.rfind('\n');
  const std::string_view line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  return {1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          1 + static_cast<int>(std::count_if(line.begin(), line.end(), begins_character))};
}

std::size_t byte_of_character(std::string_view text, int n) {
  std::size_t byte = 0;
  for (int seen = 1; byte < text.size() && seen < n; ++seen) {
    do {
      ++byte;
    } while (byte < text.size() && !begins_character(text[byte]));
  }
  return byte;
}

}  // namespace freshet::sqlfile
