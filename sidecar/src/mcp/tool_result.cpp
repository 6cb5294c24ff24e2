#include "mcp/tool_result.h"

#include <vector>

#include "base/raw_json.h"
#include "mcp/mutant.h"

namespace freshet::mcp {
namespace {

using base::Error;
using base::ErrorCode;
using base::JsonKind;

// The rows of a list and, of a page, where the next one begins.
struct Rows {
  std::vector<std::string_view> rows;
  std::string_view next = "null";
};

Rows rows_of(std::string_view value, bool paged) {
  Rows out;
  if (!paged) {
    out.rows = base::trusted_array_elements(value);
    return out;
  }
  for (const base::JsonMember& member : base::trusted_object_members(value)) {
    if (member.key == "rows") out.rows = base::trusted_array_elements(member.value);
    if (member.key == "next") out.next = member.value;
  }
  return out;
}

// The rows alone count: what a page has beside them is small, and differs from page to page.
std::size_t rows_within(const std::vector<std::string_view>& rows, std::size_t most) {
  std::size_t bytes = 2;
  std::size_t fit = 0;
  for (const std::string_view row : rows) {
    bytes += row.size() + 1;
    if (bytes > most) break;
    ++fit;
  }
  return fit;
}

std::string text_block(std::string_view text) {
  return R"({"type":"text","text":)" + base::json_string(text) + "}";
}

// A string as it is, anything else as the JSON of the structured content.
std::string result_of(std::string_view structured, std::string_view text, std::string_view note,
                      const session::Outcome& outcome) {
  std::string out = R"({"content":[)" + text_block(text);
  if (!note.empty()) out += "," + text_block(note);
  out += R"(],"structuredContent":)";
  out += structured;
  if (outcome.replayed) out += R"(,"_meta":{"freshet/replayed":true})";
  return out + "}";
}

struct Cut {
  std::size_t rows = 0;
  std::optional<std::size_t> of;  // unknown: it was read by pages
  std::string how;
};

std::string list_result(const Function& function, const Rows& list, const std::optional<Cut>& cut,
                        std::size_t most, const session::Outcome& outcome) {
  std::string structured = R"({"result":[)";
  const std::size_t rows = cut ? cut->rows : list.rows.size();
  for (std::size_t i = 0; i < rows; ++i) {
    if (i != 0) structured += ',';
    structured += list.rows[i];
  }
  structured += "]";
  if (function.max_page != 0) {
    structured += R"(,"next":)";
    structured += list.next;
  }
  std::string note;
  if (cut) {
    note = "Cut: " + std::to_string(cut->rows) +
           (cut->of ? " of " + std::to_string(*cut->of) + " rows" : std::string(" rows")) +
           " fit into the limit of " + std::to_string(most) + " bytes. " + cut->how;
    structured += R"(,"truncated":{"rows":)" + std::to_string(cut->rows);
    if (cut->of) structured += R"(,"of":)" + std::to_string(*cut->of);
    structured +=
        R"(,"limit_bytes":)" + std::to_string(most) + R"(,"how":)" + base::json_string(cut->how) + "}";
  }
  structured += "}";
  return result_of(structured, structured, note, outcome);
}

std::string how_to_go_on(const Function& function, const Rows& list) {
  if (list.next == "null") return "Nothing follows.";
  std::string how = "For the rest call again with \"" + function.page_argument +
                    "\": {\"limit\": " + std::to_string(list.rows.size()) + ", \"after\": ";
  how += list.next;
  return how + "}.";
}

}  // namespace

Error too_long(const Function& function, std::size_t bytes, std::size_t most) {
  std::string message = "the result has " + std::to_string(bytes) + " bytes, more than the " +
                        std::to_string(most) + " that agents are given; ";
  message += function.max_page != 0 ? "ask for a page with a smaller limit" : "narrow the arguments";
  return {ErrorCode::kTooLarge, std::move(message), R"({"limit_bytes":)" + std::to_string(most) + "}"};
}

std::variant<std::string, AskForPage> tool_result(const Function& function, const session::Outcome& outcome,
                                                  const Asked& asked, std::size_t most) {
  const std::string_view value = outcome.value.text.empty() ? std::string_view("null") : outcome.value.text;
  const bool fits = value.size() <= most || mutant::kBoundNotApplied;
  if (function.form == ResultForm::kContent) {
    if (!fits) return tool_error(too_long(function, value.size(), most));
    const bool list = base::json_kind(value) == JsonKind::kArray;
    return R"({"content":)" + (list ? std::string(value) : "[" + std::string(value) + "]") + "}";
  }
  if (asked.paged || (function.is_list && base::json_kind(value) == JsonKind::kArray)) {
    const Rows list = rows_of(value, asked.paged);
    std::optional<Cut> cut;
    const std::size_t rows = mutant::kBoundNotApplied ? list.rows.size() : rows_within(list.rows, most);
    if (rows < list.rows.size()) {
      if (rows == 0) return tool_error(too_long(function, value.size(), most));
      if (function.max_page != 0) return AskForPage{rows};
      cut = Cut{rows, list.rows.size(), "Narrow the arguments to get the rest."};
    } else if (asked.shrunk) {
      cut = Cut{list.rows.size(), std::nullopt, how_to_go_on(function, list)};
    }
    return list_result(function, list, cut, most, outcome);
  }
  if (!fits) return tool_error(too_long(function, value.size(), most));
  if (function.form == ResultForm::kObject && base::json_kind(value) == JsonKind::kObject)
    return result_of(value, value, {}, outcome);
  std::string structured = R"({"result":)";
  structured += value;
  structured += "}";
  if (base::json_kind(value) == JsonKind::kString) {
    if (const base::Result<std::string> text = base::parse_json_string(value))
      return result_of(structured, *text, {}, outcome);
  }
  return result_of(structured, structured, {}, outcome);
}

std::string tool_error(const Error& error) {
  const std::string typed = base::to_json(error);
  return R"({"content":[)" + text_block(typed) + R"(],"isError":true,"_meta":{"freshet/error":)" + typed +
         "}}";
}

}  // namespace freshet::mcp
