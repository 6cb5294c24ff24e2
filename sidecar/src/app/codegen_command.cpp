#include "app/codegen_command.h"

#include <unistd.h>

#include <cstdio>

namespace freshet::app {

int codegen(const std::vector<std::string>& arguments) {
  constexpr const char* kProject = "node_modules/.bin/freshet-codegen";
  std::string name = ::access(kProject, X_OK) == 0 ? kProject : "freshet-codegen";
  std::vector<std::string> words{name};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp(name.c_str(), argv.data());
  std::fputs(
      "freshet codegen: freshet-codegen was not found; it comes with the client: npm install @freshet/client,"
      " then npx freshet-codegen --help\n",
      stderr);
  return 1;
}

}  // namespace freshet::app
