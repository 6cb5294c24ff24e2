#include "tools/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "app/health.h"

namespace freshet::tools {
namespace {

winsize window() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return size;
}

// Characters, not bytes: what continues one is 10xxxxxx.
std::size_t letters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string cut(const std::string& line, std::size_t width) {
  if (width == 0 || letters(line) <= width) return line;
  std::string out;
  std::size_t seen = 0;
  for (const char c : line) {
    if ((c & 0xC0) != 0x80 && seen++ == width - 1) break;
    out += c;
  }
  return out + "…";
}

}  // namespace

int refuse(std::string_view command, std::string_view why) {
  fmt::print(stderr, "freshet {0}: {1} (see freshet {0} --help)\n", command, why);
  return 2;
}

int fail(std::string_view command, const postgres::Failure& failure) {
  fmt::print(stderr, "freshet {}: {}\n", command, app::with_remedy(postgres::describe(failure)));
  return 1;
}

int fail(std::string_view command, const base::Error& error) {
  fmt::print(stderr, "freshet {}: {}: {}\n", command, base::info(error.code).name, error.message);
  return 1;
}

std::string table(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows,
                  std::size_t width) {
  std::vector<std::size_t> widths;
  for (const std::string& title : titles) widths.push_back(letters(title));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], letters(row[i]));
  }
  std::string out;
  const auto add = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line += std::string(widths[i] - letters(row[i]) + 2, ' ');
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += cut(line, width) + "\n";
  };
  add(titles);
  for (const auto& row : rows) add(row);
  return out;
}

std::string duration_text(double milliseconds) {
  if (milliseconds < 10) return fmt::format("{:.1f} ms", milliseconds);
  if (milliseconds < 1000) return fmt::format("{:.0f} ms", milliseconds);
  if (milliseconds < 120'000) return fmt::format("{:.1f} s", milliseconds / 1000);
  return fmt::format("{:.0f} min", milliseconds / 60'000);
}

std::string bytes_text(double bytes) {
  if (bytes < 1024) return fmt::format("{:.0f} B", bytes);
  if (bytes < 1024.0 * 1024) return fmt::format("{:.1f} KiB", bytes / 1024);
  return fmt::format("{:.1f} MiB", bytes / (1024.0 * 1024));
}

std::size_t terminal_width() { return window().ws_col; }
std::size_t terminal_height() { return window().ws_row; }

}  // namespace freshet::tools
