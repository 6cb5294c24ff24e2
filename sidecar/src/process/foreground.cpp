#include "process/foreground.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace freshet::process {

base::Result<int> run_in_foreground(const std::string& line,
                                    const std::map<std::string, std::string>& environment) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!environment.contains(text.substr(0, text.find('=')))) variables.push_back(text);
  }
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> pointers;
  for (std::string& variable : variables) pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  std::string shell = "sh";
  std::string flag = "-c";
  std::string command = line;
  char* const argv[] = {shell.data(), flag.data(), command.data(), nullptr};
  pid_t pid = -1;
  if (const int error = ::posix_spawn(&pid, "/bin/sh", nullptr, nullptr, argv, pointers.data()); error != 0)
    return base::Error(base::ErrorCode::kInternal, std::string("/bin/sh: ") + std::strerror(error));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR)
      return base::Error(base::ErrorCode::kInternal, std::string("waitpid: ") + std::strerror(errno));
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace freshet::process
