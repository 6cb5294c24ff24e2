#include "dev/screen.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace freshet::dev {
namespace {

std::string clock_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%H:%M:%S", &parts)};
}

const char* start_of(Screen::Tone tone) {
  switch (tone) {
    case Screen::Tone::kGood:
      return "\x1b[32m";
    case Screen::Tone::kBad:
      return "\x1b[31m";
    case Screen::Tone::kQuiet:
      return "\x1b[2m";
    case Screen::Tone::kLoud:
      return "\x1b[1m";
    case Screen::Tone::kPlain:
      break;
  }
  return "";
}

// Control characters of what functions and clients wrote must not reach the terminal.
std::string harmless(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 || c == '\n' || c == '\t') out += byte == 0x7F ? '?' : c;
  }
  return out;
}

}  // namespace

Screen::Screen() : colours_(::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr) {}

void Screen::say(std::string_view who, std::string_view text, Tone tone) const {
  print(fmt::format("{} {:<9} {}", clock_time(), who, text), tone);
}

void Screen::print(std::string_view text, Tone tone) const {
  const std::string line = harmless(text);
  if (colours_ && tone != Tone::kPlain)
    fmt::print("{}{}\x1b[0m\n", start_of(tone), line);
  else
    fmt::print("{}\n", line);
  std::fflush(stdout);
}

}  // namespace freshet::dev
