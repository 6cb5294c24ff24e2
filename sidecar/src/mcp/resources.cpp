// Methods of resources.
#include <utility>

#include "mcp/methods.h"
#include "mcp/resource_uri.h"
#include "mcp/tool_result.h"
#include "session/exposure.h"

namespace freshet::mcp {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

// What the `uri` of the params names, for this caller; the address as it was given.
struct Wanted {
  std::string uri;
  Resource resource;
};

std::variant<Wanted, RpcError> wanted(const Request& request) {
  const auto uri = Params(request.params).text("uri");
  if (!uri || !*uri) return invalid_params("`uri`: expected the address of a resource");
  Result<Resource> found = find_resource(*request.catalog, **uri);
  if (!found) return rpc_error(found.error());
  return Wanted{**uri, *std::move(found)};
}

std::string contents(const std::string& uri, const Function& function, std::string_view value) {
  std::string out = R"({"contents":[{"uri":)" + base::json_string(uri) + R"(,"mimeType":)";
  const bool string = base::json_kind(value) == base::JsonKind::kString;
  base::append_json_string(out, function.media_type.empty() ? "application/json" : function.media_type);
  if (function.declared && function.is_bytes && string) {
    out += R"(,"blob":)";
    out += value;
  } else if (function.declared && function.is_text && string) {
    out += R"(,"text":)";
    out += value;
  } else {
    out += R"(,"text":)" + base::json_string(value);
  }
  return out + "}]}";
}

}  // namespace

void list_resources(const std::shared_ptr<const Request>& request, Answer answer) {
  answer(list_page(*request, "resources", &Function::resource));
}

void list_resource_templates(const std::shared_ptr<const Request>& request, Answer answer) {
  answer(list_page(*request, "resourceTemplates", &Function::resource_template));
}

void read_resource(const std::shared_ptr<const Request>& request, Answer answer) {
  auto found = wanted(*request);
  if (RpcError* error = std::get_if<RpcError>(&found)) return answer({std::move(*error), {}});
  Wanted& asked = std::get<Wanted>(found);
  const Function& function = *asked.resource.function;
  call_function(*request, function, std::move(asked.resource.call), std::nullopt,
                [request, &function, uri = asked.uri, answer = std::move(answer)](session::Answer outcome) {
                  if (!outcome) return answer({rpc_error(outcome.error()), {}});
                  const std::string_view value =
                      outcome->value.text.empty() ? std::string_view("null") : outcome->value.text;
                  const std::size_t most = request->around.limits.max_result_bytes;
                  // A resource has no place in which to say that it was cut.
                  if (value.size() > most)
                    return answer({rpc_error(too_long(function, value.size(), most)), {}});
                  request->table->note_read(request->session, uri, outcome->hash);
                  answer({contents(uri, function, value), notices_of(*request, *outcome)});
                });
}

void subscribe_resource(const std::shared_ptr<const Request>& request, Answer answer) {
  auto found = wanted(*request);
  if (RpcError* error = std::get_if<RpcError>(&found)) return answer({std::move(*error), {}});
  Wanted& asked = std::get<Wanted>(found);
  const Function& function = *asked.resource.function;
  if (auto refused =
          session::admit(&function.info, function.path, function.info.kind, request->identity.get()))
    return answer({rpc_error(*refused), {}});
  if (asked.resource.call.args.size() > request->around.rules.limits.max_args_bytes)
    return answer({rpc_error(Error(ErrorCode::kTooLarge, "the arguments are too long")), {}});
  request->table->subscribe(request->session, asked.uri, std::move(asked.resource.call),
                            [answer = std::move(answer)](const Result<void>& subscribed) {
                              if (subscribed) return answer({"{}", {}});
                              answer({rpc_error(subscribed.error()), {}});
                            });
}

void unsubscribe_resource(const std::shared_ptr<const Request>& request, Answer answer) {
  const auto uri = Params(request->params).text("uri");
  if (!uri || !*uri) return answer({invalid_params("`uri`: expected the address of a resource"), {}});
  request->table->unsubscribe(request->session, **uri);
  answer({"{}", {}});
}

}  // namespace freshet::mcp
