// Methods of prompts, and the completion of arguments.
#include <algorithm>
#include <utility>

#include "mcp/methods.h"
#include "mcp/resource_uri.h"
#include "mcp/tool_result.h"

namespace freshet::mcp {
namespace {

using base::Error;
using base::ErrorCode;
using base::JsonKind;
using base::Result;

// As the protocol bounds it.
constexpr std::size_t kMaxCompletions = 100;

const Argument* argument_named(const Function& function, std::string_view name) {
  const auto found = std::find_if(function.args.begin(), function.args.end(),
                                  [&](const Argument& argument) { return argument.name == name; });
  return found == function.args.end() ? nullptr : &*found;
}

// The arguments of a prompt come as text.
Result<std::string> arguments_of(const Function& function, const Params& params) {
  std::string out = "{";
  const Params given = params.object("arguments");
  for (const base::JsonMember& member : given.members()) {
    const Argument* argument = argument_named(function, member.key);
    if (argument == nullptr)
      return Error(ErrorCode::kInvalidArguments, base::json_string(member.key) + ": no such argument");
    if (base::json_kind(member.value) != JsonKind::kString)
      return Error(ErrorCode::kInvalidArguments, base::json_string(member.key) + ": expected a string");
    Result<std::string> text = base::parse_json_string(member.value);
    if (!text) return text;
    Result<std::string> value = json_of_text(*argument, *text);
    if (!value) return value;
    if (out.size() > 1) out += ',';
    base::append_json_string(out, member.key);
    out += ":" + *value;
  }
  return out + "}";
}

// Messages, or a text, which is what the user says.
std::string prompt_result(std::string_view value) {
  switch (base::json_kind(value)) {
    case JsonKind::kArray:
      return R"({"messages":)" + std::string(value) + "}";
    case JsonKind::kObject:
      return std::string(value);
    case JsonKind::kString:
      return R"({"messages":[{"role":"user","content":{"type":"text","text":)" + std::string(value) + "}}]}";
    default:
      return R"({"messages":[]})";
  }
}

// The function that a completion is about; null: none, or not for this caller.
const Function* referred(const Request& request, const Params& ref) {
  const auto type = ref.text("type");
  if (!type || !*type) return nullptr;
  if (**type == "ref/prompt") {
    const auto name = ref.text("name");
    const Function* function = name && *name ? request.catalog->named(**name) : nullptr;
    return function != nullptr && !function->prompt.empty() && may_use(request, *function) ? function
                                                                                           : nullptr;
  }
  const auto uri = ref.text("uri");
  if (**type != "ref/resource" || !uri || !*uri) return nullptr;
  for (const Function& function : request.catalog->functions()) {
    const bool meant = function.uri_template == **uri || (!function.uri.empty() && function.uri == **uri);
    if (meant) return may_use(request, function) ? &function : nullptr;
  }
  return nullptr;
}

}  // namespace

void list_prompts(const std::shared_ptr<const Request>& request, Answer answer) {
  answer(list_page(*request, "prompts", &Function::prompt));
}

void get_prompt(const std::shared_ptr<const Request>& request, Answer answer) {
  const Params params(request->params);
  const auto name = params.text("name");
  const Function* function = name && *name ? request->catalog->named(**name) : nullptr;
  if (function == nullptr || function->prompt.empty())
    return answer({invalid_params("there is no such prompt"), {}});
  Result<std::string> args = arguments_of(*function, params);
  if (!args) return answer({rpc_error(args.error()), {}});
  call_function(*request, *function, {function->path, *std::move(args), {}}, std::nullopt,
                [request, function, answer = std::move(answer)](session::Answer outcome) {
                  if (!outcome) return answer({rpc_error(outcome.error()), {}});
                  const std::size_t most = request->around.limits.max_result_bytes;
                  const std::string_view value = outcome->value.text;
                  if (value.size() > most)
                    return answer({rpc_error(too_long(*function, value.size(), most)), {}});
                  answer({prompt_result(value.empty() ? "null" : value), notices_of(*request, *outcome)});
                });
}

void complete(const std::shared_ptr<const Request>& request, Answer answer) {
  const Params params(request->params);
  const Params asked = params.object("argument");
  const auto name = asked.text("name");
  const auto begun = asked.text("value");
  if (!params.raw("ref") || !name || !*name || !begun || !*begun)
    return answer({invalid_params("expected `ref`, and `argument` with `name` and `value`, strings"), {}});
  const Function* function = referred(*request, params.object("ref"));
  const Argument* argument = function == nullptr ? nullptr : argument_named(*function, **name);
  std::string values;
  std::size_t total = 0;
  if (argument != nullptr) {
    for (const std::string& label : argument->labels) {
      if (!label.starts_with(**begun)) continue;
      if (total++ >= kMaxCompletions) continue;
      if (!values.empty()) values += ',';
      base::append_json_string(values, label);
    }
  }
  answer({R"({"completion":{"values":[)" + values + R"(],"total":)" + std::to_string(total) +
              R"(,"hasMore":)" + (total > kMaxCompletions ? "true" : "false") + "}}",
          {}});
}

}  // namespace freshet::mcp
