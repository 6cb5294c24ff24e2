#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/identity.h"
#include "mcp/catalog.h"
#include "mcp/message.h"
#include "mcp/session_table.h"

// What the methods of the protocol do. Each is given the params of one request of a session and answers once,
// at once or later from any thread.
namespace freshet::mcp {

// Who asks, and for what.
struct Request {
  const Surroundings& around;
  std::shared_ptr<SessionTable> table;
  std::string session;
  LogLevel level = LogLevel::kInfo;
  access::IdentityPtr identity;
  std::shared_ptr<const Catalog> catalog;
  std::optional<std::string> idempotency_key;  // of the HTTP request
  std::string params;                          // JSON text of an object
};

struct Answered {
  std::variant<std::string, RpcError> outcome;  // JSON text of the result
  std::vector<std::string> notifications;       // whole messages that go in front
};
using Answer = std::function<void(Answered)>;
using Method = void (*)(const std::shared_ptr<const Request>&, Answer);

// Null: there is no such method.
Method method_named(std::string_view name);

// tools.cpp
void list_tools(const std::shared_ptr<const Request>& request, Answer answer);
void call_tool(const std::shared_ptr<const Request>& request, Answer answer);
// resources.cpp
void list_resources(const std::shared_ptr<const Request>& request, Answer answer);
void list_resource_templates(const std::shared_ptr<const Request>& request, Answer answer);
void read_resource(const std::shared_ptr<const Request>& request, Answer answer);
void subscribe_resource(const std::shared_ptr<const Request>& request, Answer answer);
void unsubscribe_resource(const std::shared_ptr<const Request>& request, Answer answer);
// prompts.cpp
void list_prompts(const std::shared_ptr<const Request>& request, Answer answer);
void get_prompt(const std::shared_ptr<const Request>& request, Answer answer);
void complete(const std::shared_ptr<const Request>& request, Answer answer);

RpcError invalid_params(std::string why);

// Whether the caller may use the function at all, before any guard.
bool may_use(const Request& request, const Function& function);

// The result of a list method: of every function that the caller may use and for which `text` is not empty,
// in the order of their paths, a page from `cursor` on.
Answered list_page(const Request& request, std::string_view member, std::string Function::*text);

// Calls the function as the caller of the request. The error also says, before anything is asked of the
// database, that the caller may not, or that the arguments are too long.
void call_function(const Request& request, const Function& function, session::Call call,
                   std::optional<std::string> key, std::function<void(session::Answer)> done);

// What a function said, to developers, as messages to the client.
std::vector<std::string> notices_of(const Request& request, const session::Outcome& outcome);

}  // namespace freshet::mcp
