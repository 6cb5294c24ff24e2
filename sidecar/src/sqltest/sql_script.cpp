#include "sqltest/sql_script.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace freshet::sqltest {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

bool starts_word(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool in_word(char c) {
  return starts_word(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '$';
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

class Splitter {
 public:
  explicit Splitter(std::string_view script) : script_(script) {}

  Result<std::vector<Statement>> split() {
    while (at_ < script_.size()) {
      if (std::optional<std::string> problem = step())
        return Error(ErrorCode::kInvalidArguments, "line " + std::to_string(line_) + ": " + *problem);
    }
    finish();
    return std::move(statements_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < script_.size() ? script_[at_ + ahead] : '\0';
  }

  void advance(std::size_t count) {
    line_ += static_cast<int>(
        std::count(script_.begin() + at_, script_.begin() + std::min(at_ + count, script_.size()), '\n'));
    at_ = std::min(at_ + count, script_.size());
  }

  // Everything up to and with `end`, which stands at or after `from`.
  std::optional<std::string> skip_to(std::string_view end, std::size_t from, const char* what) {
    const std::size_t found = script_.find(end, from);
    if (found == std::string_view::npos) return std::string(what) + " is not closed";
    advance(found + end.size() - at_);
    return std::nullopt;
  }

  std::optional<std::string> step() {
    const char c = peek();
    if (is_space(c)) return space();
    if (c == '-' && peek(1) == '-') return line_comment();
    if (c == '/' && peek(1) == '*') return block_comment();
    if (c == ';' && parentheses_ == 0 && bodies_ == 0) {
      finish();
      advance(1);
      return std::nullopt;
    }
    begin_statement();
    if (c == '\\') return "psql's own commands are not SQL: there is no psql here";
    if (c == '\'') return quoted(previous_ == 'E' || previous_ == 'e');
    if (c == '"') return skip_to("\"", at_ + 1, "a quoted name");
    if (c == '$' && !in_word(previous_)) {
      if (const std::string_view tag = dollar_tag(); !tag.empty())
        return skip_to(tag, at_ + tag.size(), "a dollar quote");
    }
    if (starts_word(c)) return word();
    if (c == '(') parentheses_++;
    if (c == ')') parentheses_ = std::max(parentheses_ - 1, 0);
    previous_ = c;
    advance(1);
    return std::nullopt;
  }

  std::optional<std::string> space() {
    // A blank line parts a comment from what comes below it.
    if (start_ == std::string_view::npos && peek() == '\n') {
      if (blank_) comments_.clear();
      blank_ = true;
    }
    previous_ = ' ';
    advance(1);
    return std::nullopt;
  }

  std::optional<std::string> line_comment() {
    const std::size_t end = std::min(script_.find('\n', at_), script_.size());
    if (start_ == std::string_view::npos && blank_) {
      comments_.emplace_back(trimmed(script_.substr(at_ + 2, end - at_ - 2)));
      blank_ = false;
    }
    advance(end - at_);
    return std::nullopt;
  }

  std::optional<std::string> block_comment() {
    const int opened = line_;
    int depth = 0;
    do {
      if (at_ >= script_.size()) {
        line_ = opened;
        return "a comment is not closed";
      }
      if (peek() == '/' && peek(1) == '*') {
        depth++;
        advance(2);
      } else if (peek() == '*' && peek(1) == '/') {
        depth--;
        advance(2);
      } else {
        advance(1);
      }
    } while (depth > 0);
    return std::nullopt;
  }

  std::optional<std::string> quoted(bool escapes) {
    std::size_t end = at_;
    // A doubled quote goes on with the same string.
    while (end < script_.size() && script_[end] == '\'') {
      end++;
      while (end < script_.size() && script_[end] != '\'') end += escapes && script_[end] == '\\' ? 2 : 1;
      if (end >= script_.size()) return "a string is not closed";
      end++;
    }
    advance(end - at_);
    previous_ = '\'';
    return std::nullopt;
  }

  // `$tag$`, or nothing where a dollar sign is none.
  std::string_view dollar_tag() const {
    std::size_t end = at_ + 1;
    if (end < script_.size() && starts_word(script_[end])) {
      while (end < script_.size() && in_word(script_[end]) && script_[end] != '$') end++;
    }
    return end < script_.size() && script_[end] == '$' ? script_.substr(at_, end + 1 - at_)
                                                       : std::string_view();
  }

  std::optional<std::string> word() {
    std::size_t end = at_;
    while (end < script_.size() && in_word(script_[end])) end++;
    const std::string name = upper(script_.substr(at_, end - at_));
    // Within CREATE, BEGIN ATOMIC … END holds statements of its own; CASE has an END too.
    if (creates_) {
      if (name == "ATOMIC" && last_word_ == "BEGIN") bodies_++;
      if (name == "CASE" && bodies_ > 0) bodies_++;
      if (name == "END" && bodies_ > 0) bodies_--;
    }
    if (last_word_.empty()) creates_ = name == "CREATE";
    last_word_ = name;
    previous_ = script_[end - 1];
    // A prefix like E or U& belongs to the string that follows it at once.
    if (name.size() != 1) previous_ = 'a';
    advance(end - at_);
    return std::nullopt;
  }

  void begin_statement() {
    if (start_ != std::string_view::npos) return;
    start_ = at_;
    start_line_ = line_;
  }

  void finish() {
    if (start_ != std::string_view::npos) {
      statements_.push_back(
          {std::string(trimmed(script_.substr(start_, at_ - start_))), start_line_, std::move(comments_)});
    }
    comments_.clear();
    start_ = std::string_view::npos;
    last_word_.clear();
    creates_ = false;
    parentheses_ = 0;
    bodies_ = 0;
    blank_ = false;
    previous_ = ' ';
  }

  std::string_view script_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::size_t start_ = std::string_view::npos;
  int start_line_ = 0;
  std::vector<std::string> comments_;
  bool blank_ = true;  // nothing but space so far on this line
  char previous_ = ' ';
  std::string last_word_;
  bool creates_ = false;
  int parentheses_ = 0;
  int bodies_ = 0;
  std::vector<Statement> statements_;
};

}  // namespace

Result<std::vector<Statement>> split_sql(std::string_view script) { return Splitter(script).split(); }

std::string first_word(std::string_view statement) {
  const auto end = std::find_if_not(statement.begin(), statement.end(), in_word);
  return upper(statement.substr(0, static_cast<std::size_t>(end - statement.begin())));
}

}  // namespace freshet::sqltest
