#include "dev/state_files.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/encoding.h"

namespace freshet::dev {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Result;

Error failed(const std::string& path) {
  return Error(ErrorCode::kInternal, path + ": " + std::strerror(errno));
}

}  // namespace

Result<std::string> make_state_folder() {
  std::error_code error;
  const fs::path state = fs::current_path(error) / ".freshet";
  if (!error) fs::create_directories(state, error);
  if (error) return Error(ErrorCode::kInternal, state.string() + ": " + error.message());
  const fs::path ignore = state / ".gitignore";
  if (!fs::exists(ignore, error)) std::ofstream(ignore) << "*\n";
  return state.string();
}

Result<std::string> kept_secret(const std::string& state, const std::string& name) {
  const std::string path = (fs::path(state) / name).string();
  std::string secret;
  std::ifstream(path) >> secret;
  if (!secret.empty()) return secret;
  std::array<unsigned char, 32> bytes{};
  if (::RAND_bytes(bytes.data(), bytes.size()) != 1) return Error(ErrorCode::kInternal, "no random numbers");
  secret = base::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return failed(path);
  const bool written = ::write(file, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size());
  ::close(file);
  if (!written) return failed(path);
  return secret;
}

std::string name_of_path(const std::string& path) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> bytes{};
  ::SHA256(reinterpret_cast<const unsigned char*>(path.data()), path.size(), bytes.data());
  return base::to_hex({reinterpret_cast<const char*>(bytes.data()), 8});
}

Result<StateLock> StateLock::take(const std::string& state) {
  const std::string path = (fs::path(state) / "dev.lock").string();
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return failed(path);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    std::string holder;
    std::ifstream(path) >> holder;
    ::close(file);
    return Error(ErrorCode::kConflict, "freshet dev runs in this folder already" +
                                           (holder.empty() ? "" : ", as process " + holder) +
                                           ": end it with Ctrl-C there");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file, 0) != 0 || ::write(file, pid.data(), pid.size()) < 0) {
    ::close(file);
    return failed(path);
  }
  return StateLock(file);
}

StateLock::StateLock(StateLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

StateLock::~StateLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace freshet::dev
