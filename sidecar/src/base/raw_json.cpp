#include "base/raw_json.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace freshet::base {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Length of the well-formed UTF-8 sequence at `at`, 0 when there is none (overlong, surrogate, > U+10FFFF,
// cut off).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(at);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(at + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!continues(at + 1) || !continues(at + 2)) return 0;
    if (lead == 0xE0 && byte(at + 1) < 0xA0) return 0;
    if (lead == 0xED && byte(at + 1) > 0x9F) return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!continues(at + 1) || !continues(at + 2) || !continues(at + 3)) return 0;
    if (lead == 0xF0 && byte(at + 1) < 0x90) return 0;
    if (lead == 0xF4 && byte(at + 1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

// Strict recursive descent over untrusted text. `failure` is the first thing found wrong; recursion is
// bounded by kMaxJsonDepth.
class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  Result<void> whole() {
    skip_space();
    if (!value(0)) return failed();
    skip_space();
    if (at_ != text_.size()) {
      fail("text after the value");
      return failed();
    }
    return {};
  }

  // One string at the start of the text; decoded into `out`.
  bool string(std::string* out) {
    if (!take('"')) return fail("expected a string");
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        if (!escape(out)) return false;
      } else if (c < 0x20) {
        return fail("control character in a string");
      } else {
        const std::size_t length = utf8_length(text_, at_);
        if (length == 0) return fail("invalid UTF-8");
        if (out != nullptr) out->append(text_, at_, length);
        at_ += length;
      }
    }
    return fail("unfinished string");
  }

  bool at_end() const { return at_ == text_.size(); }
  Error failed() const {
    return Error(ErrorCode::kInvalidArguments,
                 "invalid JSON at byte " + std::to_string(at_) + ": " + failure_);
  }

 private:
  bool fail(const char* what) {
    if (failure_.empty()) failure_ = what;
    return false;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return fail("not a value");
    at_ += expected.size();
    return true;
  }

  bool value(int depth) {
    if (at_ >= text_.size()) return fail("a value is missing");
    switch (text_[at_]) {
      case '{':
        return depth < kMaxJsonDepth ? object(depth + 1) : fail("nested too deeply");
      case '[':
        return depth < kMaxJsonDepth ? array(depth + 1) : fail("nested too deeply");
      case '"':
        return string(nullptr);
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool object(int depth) {
    ++at_;
    skip_space();
    if (take('}')) return true;
    std::vector<std::string> keys;
    do {
      skip_space();
      std::string key;
      if (!string(&key)) return false;
      keys.push_back(std::move(key));
      skip_space();
      if (!take(':')) return fail("expected ':'");
      skip_space();
      if (!value(depth)) return false;
      skip_space();
    } while (take(','));
    if (!take('}')) return fail("expected ',' or '}'");
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
      return fail("duplicate key in the object that ends here");
    return true;
  }

  bool array(int depth) {
    ++at_;
    skip_space();
    if (take(']')) return true;
    do {
      skip_space();
      if (!value(depth)) return false;
      skip_space();
    } while (take(','));
    return take(']') || fail("expected ',' or ']'");
  }

  bool digits() {
    const std::size_t from = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > from || fail("expected a digit");
  }

  bool number() {
    const bool negative = take('-');
    if (at_ >= text_.size() || !is_digit(text_[at_]))
      return fail(negative ? "expected a digit" : "not a value");
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    return true;
  }

  bool hex4(std::uint32_t& unit) {
    if (text_.size() - at_ < 4) return fail("unfinished \\u escape");
    const char* from = text_.data() + at_;
    const auto [end, error] = std::from_chars(from, from + 4, unit, 16);
    if (error != std::errc() || end != from + 4) return fail("not four hex digits after \\u");
    at_ += 4;
    return true;
  }

  bool escape(std::string* out) {
    ++at_;
    if (at_ >= text_.size()) return fail("unfinished escape");
    const char c = text_[at_++];
    std::uint32_t point = 0;
    switch (c) {
      case '"':
      case '\\':
      case '/':
        point = static_cast<unsigned char>(c);
        break;
      case 'b':
        point = '\b';
        break;
      case 'f':
        point = '\f';
        break;
      case 'n':
        point = '\n';
        break;
      case 'r':
        point = '\r';
        break;
      case 't':
        point = '\t';
        break;
      case 'u': {
        if (!hex4(point)) return false;
        if (point >= 0xDC00 && point <= 0xDFFF) return fail("lone surrogate");
        if (point >= 0xD800 && point <= 0xDBFF) {
          std::uint32_t low = 0;
          if (!take('\\') || !take('u')) return fail("lone surrogate");
          if (!hex4(low)) return false;
          if (low < 0xDC00 || low > 0xDFFF) return fail("lone surrogate");
          point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        }
        break;
      }
      default:
        return fail("unknown escape");
    }
    if (out != nullptr) append_utf8(*out, point);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string failure_;
};

// Where the quote stands that ends the string whose first character is at `at`. Results are mostly long
// strings.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const std::size_t first = at;
  while (true) {
    const std::size_t quote = text.find('"', at);
    if (quote == std::string_view::npos) return text.size();
    std::size_t slashes = 0;
    while (quote - slashes > first && text[quote - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) return quote;
    at = quote + 1;
  }
}

// Walks valid text: past one value, strings skipped by their quotes, nesting counted by brackets.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    switch (text[at]) {
      case '"':
        at = end_of_string(text, at + 1);
        break;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (depth == 0) return at;
        --depth;
        break;
      case ',':
      case ':':
        if (depth == 0) return at;
        break;
      default:
        break;
    }
  }
  return std::min(at, text.size());
}

}  // namespace

std::string_view trim_json(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

Result<void> check_json(std::string_view text) { return Checker(text).whole(); }

JsonKind json_kind(std::string_view raw) {
  const std::string_view text = trim_json(raw);
  switch (text.empty() ? 'n' : text.front()) {
    case '{':
      return JsonKind::kObject;
    case '[':
      return JsonKind::kArray;
    case '"':
      return JsonKind::kString;
    case 't':
    case 'f':
      return JsonKind::kBool;
    case 'n':
      return JsonKind::kNull;
    default:
      return JsonKind::kNumber;
  }
}

std::vector<std::string_view> trusted_array_elements(std::string_view raw) {
  const std::string_view text = trim_json(raw);
  std::vector<std::string_view> out;
  if (text.size() < 2 || text.front() != '[' || trim_json(text.substr(1, text.size() - 2)).empty())
    return out;
  for (std::size_t at = 1; at < text.size();) {
    const std::size_t end = end_of_value(text, at);
    out.push_back(trim_json(text.substr(at, end - at)));
    at = end + 1;
  }
  return out;
}

std::vector<JsonMember> trusted_object_members(std::string_view raw) {
  const std::string_view text = trim_json(raw);
  std::vector<JsonMember> out;
  if (text.size() < 2 || text.front() != '{' || trim_json(text.substr(1, text.size() - 2)).empty())
    return out;
  for (std::size_t at = 1; at < text.size();) {
    const std::size_t colon = end_of_value(text, at);
    const std::size_t end = end_of_value(text, std::min(colon + 1, text.size()));
    Result<std::string> key = parse_json_string(text.substr(at, colon - at));
    if (!key) return {};
    out.push_back(
        {*std::move(key), trim_json(text.substr(std::min(colon + 1, end), end - std::min(colon + 1, end)))});
    at = end + 1;
  }
  return out;
}

std::optional<std::string> with_empty_member(std::string_view text, std::string_view name) {
  // Slicing text that was not found valid gives some stretch of it at worst.
  for (const JsonMember& member : trusted_object_members(text)) {
    if (member.key != name || member.value.empty()) continue;
    const auto at = static_cast<std::size_t>(member.value.data() - text.data());
    std::string rest(text.substr(0, at));
    rest += "{}";
    rest += text.substr(at + member.value.size());
    return rest;
  }
  return std::nullopt;
}

Result<std::vector<JsonMember>> object_members(std::string_view text) {
  if (Result<void> checked = check_json(text); !checked) return std::move(checked).error();
  if (json_kind(text) != JsonKind::kObject)
    return Error(ErrorCode::kInvalidArguments, "expected a JSON object");
  return trusted_object_members(text);
}

Result<std::vector<std::string_view>> array_elements(std::string_view text) {
  if (Result<void> checked = check_json(text); !checked) return std::move(checked).error();
  if (json_kind(text) != JsonKind::kArray)
    return Error(ErrorCode::kInvalidArguments, "expected a JSON array");
  return trusted_array_elements(text);
}

Result<std::string> parse_json_string(std::string_view raw) {
  Checker checker(trim_json(raw));
  std::string out;
  if (!checker.string(&out)) return checker.failed();
  if (!checker.at_end()) return Error(ErrorCode::kInvalidArguments, "expected a JSON string");
  return out;
}

Result<std::int64_t> parse_json_id(std::string_view raw) {
  constexpr std::int64_t kLargest = (std::int64_t{1} << 53) - 1;
  const std::string_view text = trim_json(raw);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > kLargest || value < -kLargest) {
    return Error(ErrorCode::kInvalidArguments, "expected an integer up to 2^53-1");
  }
  return value;
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x80) {
      const std::size_t length = utf8_length(text, at);
      if (length == 0) {
        out += "\xEF\xBF\xBD";
        ++at;
      } else {
        out.append(text, at, length);
        at += length;
      }
      continue;
    }
    ++at;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (c < 0x20) {
          out += "\\u00";
          out += kHex[c >> 4];
          out += kHex[c & 15];
        } else {
          out += static_cast<char>(c);
        }
    }
  }
  out += '"';
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace freshet::base
