#include "base/canonical_json.h"

#include <algorithm>

#include "base/raw_json.h"

namespace freshet::base {
namespace {

// Recursion is bounded by kMaxJsonDepth: check_json has passed.
void append_canonical(std::string& out, std::string_view raw) {
  const std::string_view text = trim_json(raw);
  switch (json_kind(text)) {
    case JsonKind::kString: {
      append_json_string(out, *parse_json_string(text));
      break;
    }
    case JsonKind::kArray: {
      out += '[';
      bool first = true;
      for (const std::string_view element : trusted_array_elements(text)) {
        if (!first) out += ',';
        first = false;
        append_canonical(out, element);
      }
      out += ']';
      break;
    }
    case JsonKind::kObject: {
      std::vector<JsonMember> members = trusted_object_members(text);
      std::sort(members.begin(), members.end(),
                [](const JsonMember& a, const JsonMember& b) { return a.key < b.key; });
      out += '{';
      bool first = true;
      for (const JsonMember& member : members) {
        if (!first) out += ',';
        first = false;
        append_json_string(out, member.key);
        out += ':';
        append_canonical(out, member.value);
      }
      out += '}';
      break;
    }
    case JsonKind::kNull:
    case JsonKind::kBool:
    case JsonKind::kNumber:
      out += text;
      break;
  }
}

}  // namespace

Result<std::string> canonical_json(std::string_view text) {
  if (Result<void> checked = check_json(text); !checked) return std::move(checked).error();
  std::string out;
  out.reserve(text.size());
  append_canonical(out, text);
  return out;
}

}  // namespace freshet::base
