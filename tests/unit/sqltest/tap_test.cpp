#include "sqltest/tap.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace freshet::sqltest {
namespace {

TEST(Tap, WritesWhatAHarnessReads) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  Tap tap(out);
  tap.ok("one\nline # TODO");
  tap.not_ok("two", "expected: true\ngot: false");
  tap.comment("a\nb");
  tap.finish();
  std::fclose(out);
  EXPECT_STREQ(
      text,
      "TAP version 13\nok 1 - one line \\# TODO\nnot ok 2 - two\n  ---\n  message: |\n    expected: true\n"
      "    got: false\n  ...\n# a\n# b\n1..2\n# 1 passed, 1 failed\n");
  std::free(text);
}

}  // namespace
}  // namespace freshet::sqltest
