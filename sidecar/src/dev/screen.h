#pragma once

#include <string>
#include <string_view>

namespace freshet::dev {

// The terminal of `freshet dev`: lines with the time in front, coloured where standard output is a terminal
// and NO_COLOR is not set.
class Screen {
 public:
  enum class Tone : unsigned char { kPlain, kGood, kBad, kQuiet, kLoud };

  Screen();
  // "15:04:05 who   text"; of several lines only the first has a time.
  void say(std::string_view who, std::string_view text, Tone tone = Tone::kPlain) const;
  // As it is.
  void print(std::string_view text, Tone tone = Tone::kPlain) const;

 private:
  bool colours_;
};

}  // namespace freshet::dev
