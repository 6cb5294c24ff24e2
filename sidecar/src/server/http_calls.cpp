#include "server/http_calls.h"

#include <memory>
#include <utility>

#include "base/raw_json.h"
#include "server/caller.h"
#include "server/origin.h"
#include "session/exposure.h"
#include "session/idempotency.h"

namespace freshet::server {
namespace {

namespace http = boost::beast::http;
using base::Error;
using base::ErrorCode;
using base::Result;
using http::field;
using http::verb;

bool reads_body(const HttpRequest& request) { return request.method() == verb::post; }

std::optional<Error> not_an_object(std::string_view name, std::string_view value, std::size_t most) {
  if (base::json_kind(value) != base::JsonKind::kObject)
    return Error(ErrorCode::kInvalidArguments, "`" + std::string(name) + "`: expected an object");
  if (value.size() > most) {
    return Error(ErrorCode::kTooLarge,
                 "`" + std::string(name) + "` is longer than " + std::to_string(most) + " bytes");
  }
  return std::nullopt;
}

// {"path", "args"?, "page"?}. An error of `protocol`: it is no call; of another code: the call is wrong.
Result<session::Call> call_in(const Edge& edge, const std::vector<base::JsonMember>& members) {
  session::Call call;
  call.args = "{}";
  std::optional<Error> wrong;
  for (const base::JsonMember& member : members) {
    if (member.key == "path") {
      Result<std::string> path = base::parse_json_string(member.value);
      if (!path || path->empty()) return Error(ErrorCode::kProtocol, "`path`: expected a string");
      call.path = *std::move(path);
    } else if (member.key == "args" || member.key == "page") {
      if (base::json_kind(member.value) == base::JsonKind::kNull) continue;
      if (!wrong) wrong = not_an_object(member.key, member.value, edge.rules.limits.max_args_bytes);
      if (member.key == "args") call.args = member.value;
      if (member.key == "page") call.page = std::string(member.value);
    }
  }
  if (call.path.empty()) return Error(ErrorCode::kProtocol, "`path`: expected a string");
  if (wrong) return *std::move(wrong);
  return call;
}

Result<session::Call> call_in_body(const Edge& edge, const HttpRequest& request) {
  const Result<std::vector<base::JsonMember>> members = base::object_members(request.body());
  if (members) return call_in(edge, *members);
  // As over the socket: what is wrong with the arguments alone is no fault of the protocol.
  const std::optional<std::string> rest = base::with_empty_member(request.body(), "args");
  const auto others = rest ? base::object_members(*rest) : members;
  const ErrorCode code =
      others && call_in(edge, *others) ? ErrorCode::kInvalidArguments : ErrorCode::kProtocol;
  return Error(code, members.error().message);
}

// A JSON object among the parameters; nullopt: it is not given.
Result<std::optional<std::string>> object_parameter(const Edge& edge, const Target& target,
                                                    std::string_view name) {
  std::optional<std::string> text = target.parameter(name);
  if (!text) return std::optional<std::string>();
  if (const Result<void> valid = base::check_json(*text); !valid)
    return Error(ErrorCode::kInvalidArguments, "`" + std::string(name) + "`: " + valid.error().message);
  if (auto error = not_an_object(name, *text, edge.rules.limits.max_args_bytes)) return *std::move(error);
  return text;
}

Result<session::Call> call_in_target(const Edge& edge, const Target& target, std::string path) {
  session::Call call;
  call.path = std::move(path);
  if (call.path.empty()) return Error(ErrorCode::kProtocol, "give the parameter `path`, once");
  Result<std::optional<std::string>> args = object_parameter(edge, target, "args");
  Result<std::optional<std::string>> page = object_parameter(edge, target, "page");
  if (!args || !page) return args ? page.error() : args.error();
  call.args = (*args).value_or("{}");
  call.page = *std::move(page);
  return call;
}

std::optional<std::string> key_in(const HttpRequest& request) {
  const auto keys = request.equal_range("Idempotency-Key");
  if (keys.first == keys.second) return std::nullopt;
  // Two keys are none that could be right.
  return std::next(keys.first) == keys.second ? std::string(view(keys.first->value())) : std::string();
}

// How the value is given.
enum class Form : std::uint8_t { kEnvelope, kBare };

// What is kept of a request until it is answered: the request itself may be gone by then.
struct Asked {
  const Edge* edge = nullptr;
  Form form = Form::kEnvelope;
  bool may_be_kept = false;  // by the browser that asked
  HttpRequest conditions;    // its If-None-Match
  Respond respond;

  void refuse(const Error& error, int status = 0) const { respond(problem_response(*edge, error, status)); }
};
using AskedPtr = std::shared_ptr<const Asked>;

AskedPtr asked_of(const Edge& edge, const HttpRequest& request, Form form, Respond respond) {
  auto asked = std::make_shared<Asked>();
  asked->edge = &edge;
  asked->form = form;
  asked->may_be_kept = !reads_body(request);
  const auto matches = request.equal_range(field::if_none_match);
  for (auto at = matches.first; at != matches.second; ++at)
    asked->conditions.insert(field::if_none_match, at->value());
  asked->respond = std::move(respond);
  return asked;
}

void give(const Asked& asked, session::Kind kind, const session::Outcome& outcome) {
  const std::string_view value = outcome.value.text.empty() ? std::string_view("null") : outcome.value.text;
  std::string body;
  if (asked.form == Form::kBare) {
    body = value;
  } else {
    body = R"({"value":)";
    body += value;
    if (!outcome.epoch.empty()) body += R"(,"epoch":)" + base::json_string(outcome.epoch);
    if (!outcome.notices.empty()) body += R"(,"notices":)" + outcome.notices;
    body += outcome.replayed ? R"(,"replayed":true})" : "}";
  }
  HttpResponse out = response(http::status::ok, "application/json", std::move(body));
  if (!outcome.epoch.empty()) out.set("Freshet-Epoch", outcome.epoch);
  if (outcome.replayed) out.set("Freshet-Replayed", "true");
  if (kind != session::Kind::kQuery) return asked.respond(std::move(out));
  out.set(field::vary, "Authorization");
  if (asked.may_be_kept) out.set(field::cache_control, "private, no-cache");
  if (outcome.hash.empty()) return asked.respond(std::move(out));
  // Weak: the epoch beside an equal value may be another.
  const std::string tag = "W/\"" + outcome.hash + "\"";
  out.set(field::etag, tag);
  asked.respond(has_match(asked.conditions, tag) ? not_modified(std::move(out)) : std::move(out));
}

// As identify(); what is wrong with the token is answered here.
void identify(AskedPtr asked, const HttpRequest& request, std::function<void(access::IdentityPtr)> next) {
  identify(*asked->edge, request, [asked, next = std::move(next)](access::Authenticated who) {
    if (!who) return asked->refuse(who.error());
    next(*std::move(who));
  });
}

void call(AskedPtr asked, const HttpRequest& request, session::Kind kind, session::Call call) {
  const std::optional<std::string> key = key_in(request);
  if (key && (!session::is_idempotency_key(*key) || kind == session::Kind::kQuery)) {
    return asked->refuse(Error(ErrorCode::kProtocol,
                               "Idempotency-Key: one key of 1 to 255 visible characters, for mutations"));
  }
  identify(asked, request, [asked, kind, key, call = std::move(call)](access::IdentityPtr identity) mutable {
    session::Backend& backend = asked->edge->backend;
    if (const auto catalog = backend.catalog()) {
      const auto found = catalog->functions.find(call.path);
      if (found != catalog->functions.end()) {
        if (auto error = session::admit(&found->second, call.path, kind, identity.get()))
          return asked->refuse(*error);
      }
    }
    session::OneShot shot;
    shot.kind = kind;
    shot.call = std::move(call);
    if (key) shot.keyed_session = session::keyed_session(access::principal_of(identity), *key);
    shot.identity = std::move(identity);
    backend.call(std::move(shot), [asked, kind](session::Answer answer) {
      if (answer) return give(*asked, kind, *answer);
      asked->refuse(answer.error());
    });
  });
}

// A browser asks for an address without naming the page's origin when it takes both for the same: by a name
// that an attacker had resolved to this gateway, too. A token he can't make it send along.
std::optional<Error> readable_by_strangers(const Edge& edge, const HttpRequest& request) {
  if (reads_body(request) || request.count(field::authorization) != 0 ||
      host_known(edge.settings, view(request[field::host]))) {
    return std::nullopt;
  }
  return Error(ErrorCode::kForbidden, "a GET without a token needs a host that --allowed-hosts names");
}

std::optional<Error> no_json(const HttpRequest& request) {
  if (is_json(request)) return std::nullopt;
  return Error(ErrorCode::kProtocol, "Content-Type must be application/json, without Content-Encoding");
}

}  // namespace

void answer_call(const Edge& edge, const HttpRequest& request, const Target& target, session::Kind kind,
                 Respond respond) {
  const AskedPtr asked = asked_of(edge, request, Form::kEnvelope, std::move(respond));
  if (const auto error = readable_by_strangers(edge, request)) return asked->refuse(*error, 421);
  if (reads_body(request)) {
    if (const auto error = no_json(request)) return asked->refuse(*error, 415);
  }
  Result<session::Call> asked_for = reads_body(request)
                                        ? call_in_body(edge, request)
                                        : call_in_target(edge, target, target.parameter("path").value_or(""));
  if (!asked_for) return asked->refuse(asked_for.error());
  call(asked, request, kind, *std::move(asked_for));
}

void answer_function(const Edge& edge, const HttpRequest& request, const Target& target,
                     std::string_view function, Respond respond) {
  const AskedPtr asked = asked_of(edge, request, Form::kBare, std::move(respond));
  const Error unknown(ErrorCode::kNotFound, "no such function");
  const std::size_t slash = function.find('/');
  const std::optional<std::string> module = percent_decoded(function.substr(0, slash), false);
  const std::optional<std::string> name =
      slash == std::string_view::npos ? std::nullopt : percent_decoded(function.substr(slash + 1), false);
  if (!module || !name || function.find('/', slash + 1) != std::string_view::npos)
    return asked->refuse(unknown);
  const auto catalog = edge.backend.catalog();
  if (!catalog) return asked->refuse(Error(ErrorCode::kOverloaded, "the catalog was not read yet"));
  const std::string path = *module + "." + *name;
  const auto found = catalog->functions.find(path);
  if (found == catalog->functions.end()) return asked->refuse(unknown);
  const session::Kind kind = found->second.kind;
  if (!reads_body(request) && kind != session::Kind::kQuery) {
    HttpResponse out =
        problem_response(edge, Error(ErrorCode::kProtocol, "only queries are read by GET"), 405);
    out.set(field::allow, "POST, OPTIONS");
    return asked->respond(std::move(out));
  }
  if (const auto error = readable_by_strangers(edge, request)) return asked->refuse(*error, 421);
  Result<session::Call> asked_for = call_in_target(edge, target, path);
  if (!asked_for) return asked->refuse(asked_for.error());
  // A function without arguments may be called without a body.
  if (reads_body(request) && !request.body().empty()) {
    if (const auto error = no_json(request)) return asked->refuse(*error, 415);
    if (const Result<void> valid = base::check_json(request.body()); !valid)
      return asked->refuse(valid.error());
    const std::string_view args = base::trim_json(request.body());
    if (const auto error = not_an_object("args", args, edge.rules.limits.max_args_bytes))
      return asked->refuse(*error);
    asked_for->args = args;
  }
  call(asked, request, kind, *std::move(asked_for));
}

void answer_batch(const Edge& edge, const HttpRequest& request, Respond respond) {
  const AskedPtr asked = asked_of(edge, request, Form::kEnvelope, std::move(respond));
  if (const auto error = no_json(request)) return asked->refuse(*error, 415);
  const Error malformed(ErrorCode::kProtocol,
                        "expected {\"queries\": [{\"path\", \"args\"?, \"page\"?}, …]}");
  if (request.count("Idempotency-Key") != 0)
    return asked->refuse(Error(ErrorCode::kProtocol, "Idempotency-Key is for mutations"));
  const Result<std::vector<base::JsonMember>> members = base::object_members(request.body());
  if (!members) return asked->refuse(Error(ErrorCode::kProtocol, members.error().message));
  std::optional<std::vector<std::string_view>> elements;
  for (const base::JsonMember& member : *members) {
    if (member.key == "queries" && base::json_kind(member.value) == base::JsonKind::kArray)
      elements = base::trusted_array_elements(member.value);
  }
  if (!elements) return asked->refuse(malformed);
  const std::size_t most = edge.rules.limits.max_batch;
  if (elements->size() > most)
    return asked->refuse(Error(ErrorCode::kTooLarge, "more than " + std::to_string(most) + " queries"));
  // What is wrong in itself is answered in its place, and not asked.
  std::vector<session::Answer> answers(elements->size(), session::Outcome());
  std::vector<std::size_t> places;
  session::Batch batch;
  for (std::size_t i = 0; i < elements->size(); ++i) {
    if (base::json_kind((*elements)[i]) != base::JsonKind::kObject) return asked->refuse(malformed);
    Result<session::Call> one = call_in(edge, base::trusted_object_members((*elements)[i]));
    if (!one && one.error().code == ErrorCode::kProtocol) {
      return asked->refuse(
          Error(ErrorCode::kProtocol, "queries[" + std::to_string(i) + "]: " + one.error().message));
    }
    if (!one) {
      answers[i] = std::move(one).error();
      continue;
    }
    places.push_back(i);
    batch.queries.push_back(*std::move(one));
  }
  identify(asked, request,
           [asked, batch = std::move(batch), answers = std::move(answers),
            places = std::move(places)](access::IdentityPtr identity) mutable {
             batch.identity = std::move(identity);
             asked->edge->backend.batch(std::move(batch), [asked, answers = std::move(answers),
                                                           places](session::BatchAnswer got) mutable {
               if (!got) return asked->refuse(got.error());
               for (std::size_t i = 0; i < places.size(); ++i) answers[places[i]] = std::move((*got)[i]);
               std::string body = R"({"results":[)";
               for (const session::Answer& answer : answers) {
                 if (body.back() != '[') body += ',';
                 if (!answer) {
                   body += R"({"error":)" + base::to_json(answer.error()) + "}";
                   continue;
                 }
                 body += R"({"value":)";
                 body += answer->value.text.empty() ? std::string_view("null") : answer->value.text;
                 body += "}";
               }
               asked->respond(response(http::status::ok, "application/json", body + "]}"));
             });
           });
}

}  // namespace freshet::server
