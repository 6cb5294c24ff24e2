#include "push/problem.h"

#include <fmt/format.h>

#include <string_view>

namespace freshet::push {
namespace {

constexpr std::size_t kWidth = 160;  // of a source line that is shown

std::string indented(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "      ";
  }
  return out;
}

// The line, and below it a mark under its column, with the same tabs before it.
std::string marked(const Problem& problem) {
  const std::string number = fmt::format("{:5} | ", problem.line);
  std::string mark;
  int column = 1;
  for (const char c : problem.source_line) {
    if (column >= problem.column) break;
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;
    mark += c == '\t' ? '\t' : ' ';
    ++column;
  }
  if (mark.size() > kWidth) return "";
  return fmt::format("{}{}\n{:>8}{}^\n", number, problem.source_line.substr(0, kWidth), "| ", mark);
}

}  // namespace

std::string text_of(const Problem& problem, const char* severity) {
  std::string out;
  if (!problem.file.empty()) {
    out += problem.file + ":";
    if (problem.line > 0) out += fmt::format("{}:{}:", problem.line, problem.column);
    out += " ";
  }
  out += fmt::format("{}: {}", severity, indented(problem.message));
  if (!problem.sqlstate.empty()) out += " [" + problem.sqlstate + "]";
  out += "\n";
  if (problem.line > 0 && !problem.source_line.empty()) out += marked(problem);
  const auto add = [&](const char* title, const std::string& text) {
    if (!text.empty()) out += fmt::format("    {}: {}\n", title, indented(text));
  };
  // The line above has it already where it is the statement's first.
  if (problem.source_line.find(problem.statement) == std::string::npos) add("statement", problem.statement);
  add("detail", problem.detail);
  add("hint", problem.hint);
  add("context", problem.context);
  return out;
}

}  // namespace freshet::push
