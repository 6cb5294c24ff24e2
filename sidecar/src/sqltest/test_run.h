// `freshet test`: files and folders of `*.test.sql`.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace freshet::sqltest {

struct TestOptions {
  std::string owner_url;           // libpq URI or keywords of the role that owns the application
  std::vector<std::string> paths;  // files, and folders that are searched for `*.test.sql`
};

// Writes TAP to `out`. 0: all passed · 1: one failed, or there was none · 2: the options are wrong.
int run_tests(const TestOptions& options, std::FILE* out);

}  // namespace freshet::sqltest
