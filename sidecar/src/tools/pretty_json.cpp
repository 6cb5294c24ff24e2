#include "tools/pretty_json.h"

#include "base/raw_json.h"

namespace freshet::tools {
namespace {

constexpr std::size_t kLine = 100;

void append(std::string& out, std::string_view text, std::size_t indent);

template <class Members, class Each>
void append_members(std::string& out, char open, char close, const Members& members, std::size_t indent,
                    Each each) {
  out += open;
  bool first = true;
  for (const auto& member : members) {
    out += first ? "\n" : ",\n";
    first = false;
    out.append(indent + 2, ' ');
    each(member);
  }
  out += '\n';
  out.append(indent, ' ');
  out += close;
}

void append(std::string& out, std::string_view text, std::size_t indent) {
  const base::JsonKind kind = base::json_kind(text);
  const bool long_one = indent + text.size() > kLine;
  if (long_one && kind == base::JsonKind::kArray) {
    append_members(out, '[', ']', base::trusted_array_elements(text), indent,
                   [&](std::string_view element) { append(out, element, indent + 2); });
  } else if (long_one && kind == base::JsonKind::kObject) {
    append_members(out, '{', '}', base::trusted_object_members(text), indent,
                   [&](const base::JsonMember& member) {
                     base::append_json_string(out, member.key);
                     out += ": ";
                     append(out, member.value, indent + 2);
                   });
  } else {
    out += text;
  }
}

}  // namespace

std::string pretty_json(std::string_view text) {
  std::string out;
  append(out, base::trim_json(text), 0);
  return out;
}

}  // namespace freshet::tools
