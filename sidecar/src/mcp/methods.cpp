#include "mcp/methods.h"

#include <array>
#include <utility>

#include "base/encoding.h"
#include "mcp/mutant.h"
#include "session/exposure.h"
#include "session/idempotency.h"

namespace freshet::mcp {
namespace {

using base::Error;
using base::ErrorCode;

void ping(const std::shared_ptr<const Request>&, Answer answer) { answer({"{}", {}}); }

void set_level(const std::shared_ptr<const Request>& request, Answer answer) {
  const auto text = Params(request->params).text("level");
  const auto level = text && *text ? log_level(**text) : std::nullopt;
  if (!level) {
    return answer({invalid_params("`level`: expected debug, info, notice, warning, error, critical, alert or "
                                  "emergency"),
                   {}});
  }
  request->table->set_level(request->session, *level);
  answer({"{}", {}});
}

struct Named {
  std::string_view name;
  Method method;
};
constexpr std::array<Named, 12> kMethods{{
    {"ping", ping},
    {"tools/list", list_tools},
    {"tools/call", call_tool},
    {"resources/list", list_resources},
    {"resources/templates/list", list_resource_templates},
    {"resources/read", read_resource},
    {"resources/subscribe", subscribe_resource},
    {"resources/unsubscribe", unsubscribe_resource},
    {"prompts/list", list_prompts},
    {"prompts/get", get_prompt},
    {"completion/complete", complete},
    {"logging/setLevel", set_level},
}};

// The severities of PostgreSQL.
LogLevel level_of(std::string_view severity) {
  if (severity.starts_with("DEBUG")) return LogLevel::kDebug;
  if (severity == "NOTICE") return LogLevel::kNotice;
  return severity == "WARNING" ? LogLevel::kWarning : LogLevel::kInfo;
}

}  // namespace

Method method_named(std::string_view name) {
  for (const Named& one : kMethods) {
    if (one.name == name) return one.method;
  }
  return nullptr;
}

RpcError invalid_params(std::string why) { return {rpc_code::kInvalidParams, std::move(why), {}}; }

bool may_use(const Request& request, const Function& function) {
  return mutant::kScopesUnchecked ||
         !session::admit(&function.info, function.path, function.info.kind, request.identity.get());
}

// A cursor is the path of the last entry of the page before: it stays good when the catalog changes.
Answered list_page(const Request& request, std::string_view member, std::string Function::*text) {
  const auto cursor = Params(request.params).text("cursor");
  if (!cursor) return {invalid_params(cursor.error().message), {}};
  std::string after;
  if (*cursor) {
    base::Result<std::string> path = base::from_base64url(**cursor);
    if (!path || path->empty()) return {invalid_params("`cursor`: none that was given here"), {}};
    after = *std::move(path);
  }
  std::string out = "{" + base::json_string(member) + ":[";
  const Function* last = nullptr;
  std::size_t listed = 0;
  for (const Function& function : request.catalog->functions()) {
    if ((function.*text).empty() || (*cursor && function.path <= after) || !may_use(request, function))
      continue;
    if (listed == request.around.limits.list_page)
      return {out + R"(],"nextCursor":")" + base::to_base64url(last->path) + "\"}", {}};
    if (listed++ != 0) out += ',';
    out += function.*text;
    last = &function;
  }
  return {out + "]}", {}};
}

void call_function(const Request& request, const Function& function, session::Call call,
                   std::optional<std::string> key, std::function<void(session::Answer)> done) {
  if (auto refused =
          session::admit(&function.info, function.path, function.info.kind, request.identity.get());
      refused && !mutant::kScopesUnchecked) {
    return done(*std::move(refused));
  }
  const std::size_t most = request.around.rules.limits.max_args_bytes;
  if (call.args.size() > most || (call.page && call.page->size() > most))
    return done(
        Error(ErrorCode::kTooLarge, "the arguments are longer than " + std::to_string(most) + " bytes"));
  session::OneShot shot;
  shot.kind = function.info.kind;
  shot.call = std::move(call);
  if (key) shot.keyed_session = session::keyed_session(access::principal_of(request.identity), *key);
  shot.identity = request.identity;
  request.around.backend.call(std::move(shot), std::move(done));
}

std::vector<std::string> notices_of(const Request& request, const session::Outcome& outcome) {
  std::vector<std::string> out;
  if (outcome.notices.empty()) return out;
  for (const std::string_view notice : base::trusted_array_elements(outcome.notices)) {
    const auto severity = Params(notice).text("severity");
    const LogLevel level = level_of(severity && *severity ? **severity : std::string());
    if (level < request.level) continue;
    std::string params = R"({"level":")" + std::string(name(level)) + R"(","logger":"postgres","data":)";
    params += notice;
    out.push_back(notification_message("notifications/message", params + "}"));
  }
  return out;
}

}  // namespace freshet::mcp
