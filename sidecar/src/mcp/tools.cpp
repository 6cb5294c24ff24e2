// Methods of tools.
#include <algorithm>
#include <utility>

#include "mcp/methods.h"
#include "mcp/tool_result.h"
#include "session/idempotency.h"

namespace freshet::mcp {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kIdempotencyKey = "freshet/idempotency-key";
// How often a page is asked for again because its rows were too long for the limit.
constexpr int kMaxShrinks = 4;

struct ToolCall {
  std::shared_ptr<const Request> request;
  const Function* function = nullptr;  // of the request's catalog
  std::string args;
  std::optional<std::string> page;
  std::optional<std::string> key;
  Asked asked;
  int shrinks = 0;
};

// The page that the arguments ask for is taken out of them.
void take_page(ToolCall& call, std::string_view arguments) {
  call.args = arguments;
  if (call.function->max_page == 0) return;
  std::string rest = "{";
  for (const base::JsonMember& member : base::trusted_object_members(arguments)) {
    if (member.key == call.function->page_argument) {
      if (base::json_kind(member.value) != base::JsonKind::kNull) call.page = std::string(member.value);
      continue;
    }
    if (rest.size() > 1) rest += ',';
    base::append_json_string(rest, member.key);
    rest += ':';
    rest += member.value;
  }
  call.args = rest + "}";
  call.asked.paged = call.page.has_value();
}

// The page with another limit.
std::string with_limit(const std::optional<std::string>& page, std::size_t rows) {
  std::string out = R"({"limit":)" + std::to_string(rows);
  for (const base::JsonMember& member : base::trusted_object_members(page.value_or("{}"))) {
    if (member.key == "limit") continue;
    out += ",";
    base::append_json_string(out, member.key);
    out += ":";
    out += member.value;
  }
  return out + "}";
}

void run(ToolCall call, Answer answer) {
  const auto request = call.request;
  const Function& function = *call.function;
  session::Call asked{function.path, call.args, call.page};
  call_function(
      *request, function, std::move(asked), call.key,
      [call = std::move(call), answer = std::move(answer)](session::Answer outcome) mutable {
        const Request& from = *call.request;
        if (!outcome) return answer({tool_error(outcome.error()), {}});
        const std::size_t most = from.around.limits.max_result_bytes;
        auto result = tool_result(*call.function, *outcome, call.asked, most);
        if (std::string* text = std::get_if<std::string>(&result))
          return answer({std::move(*text), notices_of(from, *outcome)});
        if (++call.shrinks > kMaxShrinks || call.function->info.kind != session::Kind::kQuery)
          return answer({tool_error(too_long(*call.function, outcome->value.text.size(), most)), {}});
        const std::size_t rows = std::min(std::get<AskForPage>(result).rows, call.function->max_page);
        call.page = with_limit(call.page, rows);
        call.asked = {true, rows};
        run(std::move(call), std::move(answer));
      });
}

// The key of the request's `_meta`, or else of its HTTP header. The error: it is none.
base::Result<std::optional<std::string>> key_of(const Request& request) {
  std::optional<std::string> key = request.idempotency_key;
  const auto meta = Params(request.params).object("_meta").text(kIdempotencyKey);
  const Error wrong(ErrorCode::kInvalidArguments,
                    std::string(kIdempotencyKey) + ": expected 1 to 255 visible ASCII characters");
  if (!meta) return wrong;
  if (*meta) key = **meta;
  if (key && !session::is_idempotency_key(*key)) return wrong;
  return key;
}

}  // namespace

void list_tools(const std::shared_ptr<const Request>& request, Answer answer) {
  answer(list_page(*request, "tools", &Function::tool));
}

void call_tool(const std::shared_ptr<const Request>& request, Answer answer) {
  const Params params(request->params);
  const auto name = params.text("name");
  if (!name || !*name) return answer({invalid_params("`name`: expected the name of a tool"), {}});
  const Function* function = request->catalog->named(**name);
  if (function == nullptr || function->tool.empty())
    return answer({invalid_params("there is no tool " + base::json_string(**name)), {}});
  const std::string_view arguments = params.raw("arguments").value_or("{}");
  if (base::json_kind(arguments) != base::JsonKind::kObject)
    return answer({invalid_params("`arguments`: expected an object"), {}});
  base::Result<std::optional<std::string>> key = key_of(*request);
  if (!key) return answer({invalid_params(key.error().message), {}});
  ToolCall call{request, function, {}, {}, {}, {}, 0};
  if (function->info.kind == session::Kind::kMutation) call.key = *std::move(key);
  take_page(call, arguments);
  if (call.page && base::json_kind(*call.page) != base::JsonKind::kObject) {
    const Error wrong(ErrorCode::kInvalidArguments, "`" + function->page_argument + "`: expected an object",
                      R"([{"path":)" + base::json_string(function->page_argument) +
                          R"(,"expected":"an object {limit, after?}","got":"something else"}])");
    return answer({tool_error(wrong), {}});
  }
  run(std::move(call), std::move(answer));
}

}  // namespace freshet::mcp
