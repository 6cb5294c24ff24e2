#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace freshet::process {

// A process that ends with us, however we end: the kernel signals it. In a process group of its own, so that
// Ctrl-C reaches it through us. What it prints, on both streams, comes line by line. Owned by the dev loop's
// thread.
class Child {
 public:
  struct Options {
    std::vector<std::string> command;
    std::map<std::string, std::string> environment;  // added to ours
    int death_signal = 0;                            // when we end without stopping it
    std::optional<uid_t> user;                       // whose it is to be; needs root
    std::optional<gid_t> group;
    std::string folder;     // current directory; empty: ours
    bool is_quiet = false;  // its output goes nowhere
  };
  static base::Result<Child> start(const Options& options);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // kills what still runs

  pid_t pid() const { return pid_; }
  // To be polled for reading; -1: its output has ended.
  int output() const { return output_; }
  // Gives each whole line that is there; does not wait.
  void read_lines(const std::function<void(const std::string&)>& take);
  // Whether it has ended, without waiting.
  bool has_ended();
  int status() const { return status_; }  // as of waitpid, once it has ended
  // Asks it to end, and kills it when it has not after `patience`.
  void stop(int signal, std::chrono::milliseconds patience);

 private:
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}

  pid_t pid_ = -1;
  int output_ = -1;
  int status_ = 0;
  bool ended_ = false;
  std::string partial_;
};

// The words of a status: "with exit status 1", "by signal 9".
std::string ending_of(int status);

}  // namespace freshet::process
