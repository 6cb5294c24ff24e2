#include "process/child.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

namespace freshet::process {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::chrono::milliseconds kLook{10};
constexpr std::size_t kLongestLine = 64 * 1024;

// Between fork and exec: async-signal-safe calls only. Does not return.
[[noreturn]] void become(const Child::Options& options, char* const* argv, char* const* environment,
                         int output, pid_t parent) {
  ::setsid();
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(options.is_quiet ? nothing : output, STDOUT_FILENO);
  ::dup2(options.is_quiet ? nothing : output, STDERR_FILENO);
  const auto give_up = [](const char* what) {
    const char* why = std::strerror(errno);
    for (const char* text : {what, ": ", why, "\n"}) {
      if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) break;
    }
    ::_exit(127);
  };
  if (options.group && (::setgroups(1, &*options.group) != 0 || ::setgid(*options.group) != 0))
    give_up("setgid");
  if (options.user && ::setuid(*options.user) != 0) give_up("setuid");
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) give_up(options.folder.c_str());
  // After setuid, which forgets it; and we may have ended by now.
  ::prctl(PR_SET_PDEATHSIG, options.death_signal);
  if (::getppid() != parent) ::_exit(127);
  ::execvpe(argv[0], argv, environment);
  give_up(argv[0]);
  ::_exit(127);
}

}  // namespace

base::Result<Child> Child::start(const Options& options) {
  std::vector<char*> argv;
  for (const std::string& word : options.command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!options.environment.contains(text.substr(0, text.find('=')))) variables.push_back(text);
  }
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return Error(ErrorCode::kInternal, std::string("pipe: ") + std::strerror(errno));
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(options, argv.data(), environment.data(), ends[1], parent);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return Error(ErrorCode::kInternal, std::string("fork: ") + std::strerror(errno));
  }
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Child(pid, ends[0]);
}

Child::Child(Child&& other) noexcept { *this = std::move(other); }

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(output_, other.output_);
  std::swap(status_, other.status_);
  std::swap(ended_, other.ended_);
  std::swap(partial_, other.partial_);
  return *this;
}

Child::~Child() {
  if (pid_ > 0 && !ended_) stop(SIGKILL, std::chrono::milliseconds(0));
  if (output_ >= 0) ::close(output_);
}

void Child::read_lines(const std::function<void(const std::string&)>& take) {
  char buffer[16 * 1024];
  while (output_ >= 0) {
    const ssize_t count = ::read(output_, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
      ::close(std::exchange(output_, -1));
      if (!partial_.empty()) take(std::exchange(partial_, {}));
      return;
    }
    partial_.append(buffer, static_cast<std::size_t>(count));
    for (std::size_t end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n')) {
      const std::string line = partial_.substr(0, end);
      partial_.erase(0, end + 1);
      take(line);
    }
    if (partial_.size() > kLongestLine) partial_.clear();
  }
}

bool Child::has_ended() {
  if (!ended_ && pid_ > 0) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

void Child::stop(int signal, std::chrono::milliseconds patience) {
  if (pid_ <= 0 || has_ended()) return;
  ::kill(pid_, signal);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  // Nobody may wait for us to read what it says last.
  while (!has_ended() && std::chrono::steady_clock::now() < deadline) {
    read_lines([](const std::string&) {});
    std::this_thread::sleep_for(kLook);
  }
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  ended_ = ::waitpid(pid_, &status_, 0) == pid_;
}

std::string ending_of(int status) {
  return WIFSIGNALED(status) ? "by signal " + std::to_string(WTERMSIG(status))
                             : "with exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace freshet::process
