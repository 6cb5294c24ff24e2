#include "mcp/declarations.h"

#include <algorithm>

#include "base/raw_json.h"

namespace freshet::mcp {
namespace {

constexpr std::string_view kMark = "@mcp";

void declare(Declarations& into, std::string_view line) {
  const std::size_t space = line.find_first_of(" \t");
  const std::string_view word = line.substr(0, space);
  const std::string_view rest =
      space == std::string_view::npos ? std::string_view() : base::trim_json(line.substr(space));
  struct Flag {
    std::string_view word;
    bool Declarations::*member;
  };
  static constexpr Flag kFlags[] = {{"additive", &Declarations::additive},
                                    {"idempotent", &Declarations::idempotent},
                                    {"content", &Declarations::content},
                                    {"prompt", &Declarations::prompt},
                                    {"hidden", &Declarations::hidden}};
  for (const Flag& flag : kFlags) {
    if (flag.word != word) continue;
    if (!rest.empty()) into.problems.push_back("`@mcp " + std::string(word) + "` takes nothing behind it");
    into.*flag.member = true;
    return;
  }
  if (word == "title" && !rest.empty()) {
    into.title = rest;
    return;
  }
  const std::size_t gap = std::min(rest.find_first_of(" \t"), rest.size());
  if (word == "resource" && rest.substr(0, gap).find("://") != std::string_view::npos) {
    into.resource = std::string(rest.substr(0, gap));
    into.media_type = base::trim_json(rest.substr(gap));
    return;
  }
  into.problems.push_back("`@mcp " + std::string(line) +
                          "`: expected title TEXT, additive, idempotent, content, prompt, resource URI "
                          "or hidden");
}

}  // namespace

Declarations parse_declarations(std::string_view comment) {
  Declarations out;
  while (!comment.empty()) {
    const std::size_t end = comment.find('\n');
    const std::string_view line = comment.substr(0, end);
    comment.remove_prefix(end == std::string_view::npos ? comment.size() : end + 1);
    const std::string_view text = base::trim_json(line);
    const bool marked = text.starts_with(kMark) && (text.size() == kMark.size() ||
                                                    text[kMark.size()] == ' ' || text[kMark.size()] == '\t');
    if (marked) {
      declare(out, base::trim_json(text.substr(kMark.size())));
    } else {
      out.description += line;
      out.description += '\n';
    }
  }
  out.description = base::trim_json(out.description);
  return out;
}

}  // namespace freshet::mcp
