#include "dev/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace freshet::dev {

base::Result<FileWatch> FileWatch::open(const std::string& folder) {
  const int handle = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  const int watch = handle < 0
                        ? -1
                        : ::inotify_add_watch(handle, folder.c_str(),
                                              IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
  if (watch < 0) {
    base::Error error(base::ErrorCode::kInternal, folder + " cannot be watched: " + std::strerror(errno));
    if (handle >= 0) ::close(handle);
    return error;
  }
  return FileWatch(handle);
}

FileWatch::FileWatch(FileWatch&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}

FileWatch::~FileWatch() {
  if (handle_ >= 0) ::close(handle_);
}

FileWatch::Seen FileWatch::take() {
  Seen seen;
  alignas(inotify_event) char buffer[16 * 1024];
  for (ssize_t count = ::read(handle_, buffer, sizeof buffer); count > 0;
       count = ::read(handle_, buffer, sizeof buffer)) {
    for (ssize_t at = 0; at < count;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event)) + event->len;
      const std::string_view name = event->len > 0 ? event->name : "";
      seen.sql |= (event->mask & IN_Q_OVERFLOW) != 0 ||
                  (name.ends_with(".sql") && !name.ends_with(".test.sql") && !name.starts_with("."));
      seen.folder_gone |= (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0;
    }
  }
  return seen;
}

}  // namespace freshet::dev
