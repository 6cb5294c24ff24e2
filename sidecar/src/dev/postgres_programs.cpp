#include "dev/postgres_programs.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace freshet::dev {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

bool is_program(const fs::path& path) { return ::access(path.c_str(), X_OK) == 0; }
bool is_server(const fs::path& bin) { return is_program(bin / "postgres") && is_program(bin / "initdb"); }

// Beside the programs, as packages and installations from source lay them out.
bool has_extension(const fs::path& bin) {
  std::error_code error;
  const fs::path real = fs::canonical(bin / "postgres", error).parent_path();
  if (error) return false;
  const std::string version = real.parent_path().filename().string();
  for (const fs::path& share :
       {real / "../../../../share/postgresql" / version, real / "../share/postgresql", real / "../share"}) {
    if (fs::exists(share / "extension/freshet.control", error)) return true;
  }
  return false;
}

std::vector<fs::path> versions_in(const fs::path& root) {
  std::vector<fs::path> found;
  std::error_code error;
  for (auto entry = fs::directory_iterator(root, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (is_server(entry->path() / "bin")) found.push_back(entry->path() / "bin");
  }
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    const auto number = [](const fs::path& bin) { return std::atoi(bin.parent_path().filename().c_str()); };
    return number(a) > number(b);
  });
  return found;
}

std::vector<fs::path> candidates() {
  std::vector<fs::path> found;
  std::string path = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
  for (path += ':'; !path.empty(); path = path.substr(path.find(':') + 1)) {
    const fs::path folder = path.substr(0, path.find(':'));
    if (!folder.empty() && is_server(folder)) found.push_back(folder);
  }
  for (const fs::path& bin : versions_in("/usr/lib/postgresql")) found.push_back(bin);
  std::error_code error;
  fs::path above = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (; !error && above != above.parent_path(); above = above.parent_path()) {
    for (const fs::path& bin : versions_in(above / ".freshet/server/usr/lib/postgresql"))
      found.push_back(bin);
  }
  return found;
}

}  // namespace

base::Result<std::string> find_postgres() {
  if (const char* named = std::getenv("FRESHET_PG_BIN"); named != nullptr && *named != '\0') {
    if (!is_server(named))
      return Error(ErrorCode::kNotFound,
                   std::string("FRESHET_PG_BIN: there are no programs postgres and initdb in ") + named);
    return std::string(named);
  }
  const std::vector<fs::path> found = candidates();
  for (const fs::path& bin : found) {
    if (has_extension(bin)) return bin.string();
  }
  if (found.empty())
    return Error(ErrorCode::kNotFound,
                 "there is no PostgreSQL server on this machine (15 or newer). Remedy: install one, such as "
                 "the Debian "
                 "package postgresql-15, with Freshet's extension; or set FRESHET_PG_BIN to the folder of "
                 "its programs; "
                 "or give --url for a database that runs elsewhere");
  return Error(
      ErrorCode::kNotFound,
      "PostgreSQL in " + found.front().string() +
          " does not have the extension freshet. Remedy: install Freshet's extension there (in a checkout: "
          "cmake --install build/release --component extension), or set FRESHET_PG_BIN to a server that has "
          "it");
}

}  // namespace freshet::dev
