#include "tools/source_files.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace freshet::tools {
namespace {

struct Token {
  enum class Kind : std::uint8_t { kWord, kName, kBody, kSymbol, kEnd } kind = Kind::kEnd;
  std::string text;  // words in lower case, quoted names without quotes
  int line = 0;      // where it begins; of a body the line of what is inside
};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}

// Words, quoted names, string bodies and symbols of SQL text; comments left out.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  Token next() {
    skip_blank();
    if (at_ >= text_.size()) return {};
    const char c = text_[at_];
    if (c == '"') return quoted('"', Token::Kind::kName);
    if (c == '\'') return quoted('\'', Token::Kind::kBody);
    if (c == '$') {
      if (const std::string_view tag = dollar_tag(); !tag.empty()) return dollar_body(tag);
    }
    const int line = line_;
    if (!is_word(c)) {
      step();
      return {Token::Kind::kSymbol, std::string(1, c), line};
    }
    std::string word;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '$')) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(text_[at_])));
      step();
    }
    return {Token::Kind::kWord, std::move(word), line};
  }

 private:
  bool looking_at(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
  void step() { line_ += text_[at_++] == '\n'; }
  void step_over(std::size_t count) {
    for (; count > 0 && at_ < text_.size(); --count) step();
  }

  void skip_blank() {
    while (at_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        step();
      } else if (looking_at("--")) {
        while (at_ < text_.size() && text_[at_] != '\n') step();
      } else if (looking_at("/*")) {
        skip_comment();
      } else {
        return;
      }
    }
  }

  void skip_comment() {
    int depth = 0;
    do {
      if (looking_at("/*")) {
        ++depth;
        step_over(2);
      } else if (looking_at("*/")) {
        --depth;
        step_over(2);
      } else {
        step();
      }
    } while (depth > 0 && at_ < text_.size());
  }

  Token quoted(char quote, Token::Kind kind) {
    step();
    Token token{kind, {}, line_};
    while (at_ < text_.size()) {
      if (text_[at_] == quote) {
        step();
        if (at_ >= text_.size() || text_[at_] != quote) break;
      }
      token.text += text_[at_];
      step();
    }
    return token;
  }

  // "$$" or "$name$" here; empty: something else, such as a parameter.
  std::string_view dollar_tag() const {
    std::size_t end = at_ + 1;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const bool number = end > at_ + 1 && std::isdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0;
    return end < text_.size() && text_[end] == '$' && !number ? text_.substr(at_, end + 1 - at_)
                                                              : std::string_view();
  }

  Token dollar_body(std::string_view tag) {
    step_over(tag.size());
    Token token{Token::Kind::kBody, {}, line_};
    const std::size_t end = text_.find(tag, at_);
    const std::size_t length = (end == std::string_view::npos ? text_.size() : end) - at_;
    token.text = text_.substr(at_, length);
    step_over(length + tag.size());
    return token;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

bool is_name(const Token& token) {
  return token.kind == Token::Kind::kWord || token.kind == Token::Kind::kName;
}

// Behind CREATE: [OR REPLACE] FUNCTION|PROCEDURE name; empty: something else is created.
std::string created_function(Tokens& tokens, Token& token) {
  const auto word = [&](std::string_view text) {
    return token.kind == Token::Kind::kWord && token.text == text;
  };
  if (word("or")) {
    tokens.next();
    token = tokens.next();
  }
  if (!word("function") && !word("procedure")) return {};
  token = tokens.next();
  if (!is_name(token)) return {};
  std::string name = token.text;
  token = tokens.next();
  while (token.kind == Token::Kind::kSymbol && token.text == ".") {
    token = tokens.next();
    name += "." + token.text;
    token = tokens.next();
  }
  return name;
}

}  // namespace

void SourceFiles::add(const std::string& file, std::string_view text) {
  Tokens tokens(text);
  for (Token token = tokens.next(); token.kind != Token::Kind::kEnd;) {
    const int line = token.line;
    if (token.kind != Token::Kind::kWord || token.text != "create") {
      token = tokens.next();
      continue;
    }
    token = tokens.next();
    const std::string name = created_function(tokens, token);
    if (name.empty()) continue;
    Place place{file, line, 0};
    // The body follows AS; a default may be a string too.
    bool after_as = false;
    while (token.kind != Token::Kind::kEnd && !(token.kind == Token::Kind::kSymbol && token.text == ";")) {
      if (token.kind == Token::Kind::kBody && after_as) place.body_line = token.line;
      after_as = token.kind == Token::Kind::kWord && token.text == "as";
      if (place.body_line != 0) break;
      token = tokens.next();
    }
    places_[name] = place;
  }
}

base::Result<SourceFiles> SourceFiles::read(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(folder, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory(error) && (name == "node_modules" || name == ".git"))
      entry.disable_recursion_pending();
    if (entry->is_regular_file(error) && entry->path().extension() == ".sql") files.push_back(entry->path());
  }
  if (error) return base::Error(base::ErrorCode::kInvalidArguments, folder + ": " + error.message());
  std::sort(files.begin(), files.end());
  SourceFiles sources;
  for (const fs::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    sources.add(path.string(), text);
  }
  return sources;
}

std::optional<SourceFiles::Place> SourceFiles::find(const std::string& path) const {
  auto at = places_.find(path);
  if (at == places_.end()) at = places_.find(path.substr(path.find('.') + 1));
  return at == places_.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace freshet::tools
