#pragma once

#include <string>

#include "base/result.h"

namespace freshet::dev {

// Tells that the SQL files of a folder were written, moved or removed. A file counts as written when it is
// closed, so that nobody reads half of one; editors that write aside and rename are seen too.
class FileWatch {
 public:
  static base::Result<FileWatch> open(const std::string& folder);
  FileWatch(FileWatch&& other) noexcept;
  FileWatch& operator=(FileWatch&&) = delete;
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch();

  // To be polled for reading.
  int handle() const { return handle_; }
  // What happened since; does not wait.
  struct Seen {
    bool sql = false;          // a *.sql file
    bool folder_gone = false;  // nothing more will be seen
  };
  Seen take();

 private:
  explicit FileWatch(int handle) : handle_(handle) {}
  int handle_;
};

}  // namespace freshet::dev
