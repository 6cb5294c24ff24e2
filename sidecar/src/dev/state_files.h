#pragma once

#include <string>

#include "base/result.h"

namespace freshet::dev {

// The folder `.freshet` below the current one, made where it is missing and kept out of git. Absolute.
base::Result<std::string> make_state_folder();

// A secret of a project, made at first use: 64 characters that need no quoting anywhere.
base::Result<std::string> kept_secret(const std::string& state, const std::string& name);

// A name made from a path, the same for ever: for what has to be kept elsewhere.
std::string name_of_path(const std::string& path);

// Held as long as it lives: one `freshet dev` in a folder at a time.
class StateLock {
 public:
  static base::Result<StateLock> take(const std::string& state);
  StateLock(StateLock&& other) noexcept;
  StateLock& operator=(StateLock&&) = delete;
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;
  ~StateLock();

 private:
  explicit StateLock(int file) : file_(file) {}
  int file_;
};

}  // namespace freshet::dev
