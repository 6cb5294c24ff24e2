#include "app/codegen_command.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

namespace freshet::app {
namespace {

namespace fs = std::filesystem;

// The program as npm installs it in a project: looked for in `folder` and in those that it lies in.
std::optional<fs::path> installed_above(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    const fs::path program = folder / "node_modules/.bin/freshet-codegen";
    if (::access(program.c_str(), X_OK) == 0) return program;
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

// Beside the gateway: as a checkout has it.
std::optional<fs::path> installed_beside() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? std::nullopt : installed_above(self.parent_path());
}

constexpr char kMissing[] =
    "freshet codegen: the generator cannot be run. It is the npm package @freshet/codegen and needs Node 18 "
    "or newer.\n"
    "Remedy: npm install --save-dev @freshet/codegen, in the folder of the app or one above it\n";

}  // namespace

int codegen(const std::vector<std::string>& arguments) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  std::optional<fs::path> program = error ? std::nullopt : installed_above(here);
  if (!program) program = installed_beside();
  // Through node and not by the script's first line, so that it is known which of the two is missing.
  std::vector<std::string> words = program ? std::vector<std::string>{"node", program->string()}
                                           : std::vector<std::string>{"freshet-codegen"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp(argv.front(), argv.data());
  std::fputs(kMissing, stderr);
  return 1;
}

}  // namespace freshet::app
