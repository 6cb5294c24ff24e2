// The Test Anything Protocol, version 13: one line per test, what went wrong below it.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace freshet::sqltest {

class Tap {
 public:
  explicit Tap(std::FILE* out);

  void ok(std::string_view name);
  // `why`: lines about the failure.
  void not_ok(std::string_view name, std::string_view why);
  void comment(std::string_view text);
  // The plan, after the last test.
  void finish();

  int passed() const { return passed_; }
  int failed() const { return failed_; }

 private:
  void line(std::string_view verdict, std::string_view name);

  std::FILE* out_;
  int passed_ = 0;
  int failed_ = 0;
};

}  // namespace freshet::sqltest
