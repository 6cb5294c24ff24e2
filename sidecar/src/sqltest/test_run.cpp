#include "sqltest/test_run.h"

#include <algorithm>
#include <filesystem>

#include "sqltest/tap.h"
#include "sqltest/test_file.h"

namespace freshet::sqltest {
namespace {

namespace fs = std::filesystem;

void find_tests(const fs::path& path, std::vector<std::string>& found) {
  if (!fs::is_directory(path)) {
    found.push_back(path.string());
    return;
  }
  std::vector<std::string> inside;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file() && entry.path().filename().string().ends_with(".test.sql"))
      inside.push_back(entry.path().string());
  }
  std::sort(inside.begin(), inside.end());
  found.insert(found.end(), inside.begin(), inside.end());
}

}  // namespace

int run_tests(const TestOptions& options, std::FILE* out) {
  if (options.owner_url.empty()) {
    std::fprintf(stderr, "freshet test: --owner-url (FRESHET_OWNER_URL) is missing\n");
    return 2;
  }
  std::vector<std::string> files;
  for (const std::string& path : options.paths) {
    if (!fs::exists(path)) {
      std::fprintf(stderr, "freshet test: there is no %s\n", path.c_str());
      return 2;
    }
    find_tests(path, files);
  }
  if (files.empty()) {
    std::fprintf(stderr, "freshet test: there is no *.test.sql\n");
    return 1;
  }
  Tap tap(out);
  for (const std::string& file : files) run_test_file(options.owner_url, file, tap);
  tap.finish();
  return tap.failed() == 0 ? 0 : 1;
}

}  // namespace freshet::sqltest
