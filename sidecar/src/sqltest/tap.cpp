#include "sqltest/tap.h"

#include <fmt/format.h>

#include <algorithm>

namespace freshet::sqltest {
namespace {

// One line, without what would be read as a directive.
std::string plain(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '#') result += '\\';
    result += c == '\n' || c == '\r' ? ' ' : c;
  }
  return result;
}

void each_line(std::string_view text, auto&& put) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    put(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

Tap::Tap(std::FILE* out) : out_(out) { fmt::print(out_, "TAP version 13\n"); }

void Tap::ok(std::string_view name) {
  passed_++;
  line("ok", name);
}

void Tap::not_ok(std::string_view name, std::string_view why) {
  failed_++;
  line("not ok", name);
  fmt::print(out_, "  ---\n  message: |\n");
  each_line(why, [&](std::string_view text) { fmt::print(out_, "    {}\n", text); });
  fmt::print(out_, "  ...\n");
}

void Tap::comment(std::string_view text) {
  each_line(text, [&](std::string_view line) { fmt::print(out_, "# {}\n", line); });
}

void Tap::finish() {
  fmt::print(out_, "1..{}\n# {} passed, {} failed\n", passed_ + failed_, passed_, failed_);
}

void Tap::line(std::string_view verdict, std::string_view name) {
  fmt::print(out_, "{} {} - {}\n", verdict, passed_ + failed_, plain(name));
}

}  // namespace freshet::sqltest
