#include "push/source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace freshet::push {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kStatementWidth = 120;

std::string first_line(const std::string& text) {
  std::string line = text.substr(0, text.find_first_of("\r\n"));
  if (line.size() > kStatementWidth) {
    std::size_t end = kStatementWidth;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
    line = line.substr(0, end) + " …";
  }
  return line;
}

// The first byte that is no UTF-8 or that no text of the server may hold; npos: all are well.
std::size_t bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : 4;
    if (c == 0 || (c >= 0x80 && c < 0xC2) || c > 0xF4 || i + length > text.size()) return i;
    for (std::size_t next = 1; next < length; ++next) {
      if ((static_cast<unsigned char>(text[i + next]) & 0xC0) != 0x80) return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

void read_file(const fs::path& path, SourceFile& file, std::vector<Problem>& problems) {
  std::ifstream stream(path, std::ios::binary);
  file.text.assign(std::istreambuf_iterator<char>(stream), {});
  if (!stream && !stream.eof()) {
    Problem problem;
    problem.file = file.path;
    problem.message = std::string("the file cannot be read: ") + std::strerror(errno);
    return problems.push_back(std::move(problem));
  }
  // Some editors begin a file with a mark of its encoding. Blanks keep every place as it is in the file.
  if (file.text.starts_with("\xEF\xBB\xBF")) file.text.replace(0, 3, "   ");
  if (const std::size_t bad = bad_byte(file.text); bad != std::string::npos)
    return problems.push_back(problem_at(file, bad, "the file is not text in UTF-8"));
  auto script = sqlfile::split_script(file.text);
  if (const auto* problem = std::get_if<sqlfile::Problem>(&script))
    return problems.push_back(problem_at(file, problem->offset, problem->message));
  file.statements = std::get<std::vector<sqlfile::Statement>>(std::move(script));
}

}  // namespace

Problem problem_at(const SourceFile& file, std::size_t offset, std::string message,
                   const sqlfile::Statement* statement) {
  const sqlfile::Place place = sqlfile::place_of(file.text, offset);
  Problem problem;
  problem.file = file.path;
  problem.line = place.line;
  problem.column = place.column;
  std::size_t begin = std::min(offset, file.text.size());
  while (begin > 0 && file.text[begin - 1] != '\n') --begin;
  problem.source_line = file.text.substr(begin, file.text.find_first_of("\r\n", begin) - begin);
  if (statement != nullptr) problem.statement = first_line(statement->text);
  problem.message = std::move(message);
  return problem;
}

std::variant<Source, std::vector<Problem>> read_source(const std::string& folder) {
  Source source;
  std::vector<Problem> problems;
  std::vector<std::string> names;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    // Editors keep what is not saved yet under names with a dot in front.
    if (name.ends_with(".sql") && !name.ends_with(".test.sql") && !name.starts_with(".") &&
        !entry->is_directory())
      names.push_back(name);
  }
  if (error) {
    Problem problem;
    problem.message = folder + ": " + error.message();
    return std::vector{problem};
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    SourceFile file{name, (fs::path(folder) / name).lexically_normal().string(), {}, {}};
    read_file(fs::path(folder) / name, file, problems);
    (name == kSchemaFile ? source.schema : source.files).push_back(std::move(file));
  }
  if (!problems.empty()) return problems;
  return source;
}

}  // namespace freshet::push
