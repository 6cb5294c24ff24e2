#include "app/call_command.h"

#include <algorithm>
#include <cstdio>
#include <future>
#include <memory>

#include "app/catalog.h"
#include "app/health.h"
#include "app/logging.h"
#include "base/canonical_json.h"
#include "base/raw_json.h"
#include "live/claims.h"
#include "postgres/database.h"
#include "postgres/mutation.h"
#include "postgres/query_batch.h"

namespace freshet::app {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

Result<std::string> canonical_object(const std::string& text, const char* what) {
  Result<std::string> canonical = base::canonical_json(text);
  if (!canonical)
    return Error(ErrorCode::kInvalidArguments, std::string(what) + ": " + canonical.error().message);
  if (base::json_kind(*canonical) != base::JsonKind::kObject) {
    return Error(ErrorCode::kInvalidArguments, std::string(what) + " must be a JSON object");
  }
  return canonical;
}

// As the verifier of tokens would name the owner of a record.
std::string principal_of(const std::string& claims) {
  std::string issuer = "null";
  std::string subject = "null";
  for (const base::JsonMember& member : base::trusted_object_members(claims)) {
    if (member.key == "iss") issuer = member.value;
    if (member.key == "sub") subject = member.value;
  }
  return "[" + issuer + "," + subject + "]";
}

struct Caller {
  std::string claims;  // JSON object, or "null"
  std::string principal;
};

Error unreachable(const postgres::Failure& failure) {
  return {ErrorCode::kOverloaded, with_remedy(postgres::describe(failure))};
}

Result<std::string> run_query(postgres::ServiceSession& database, const std::string& path,
                              const std::string& args, const Caller& caller, bool guarded,
                              base::Duration deadline) {
  auto claims = live::Claims::parse(caller.claims);
  if (!claims) return std::move(claims).error();
  std::vector<live::RunRequest> runs;
  if (guarded) runs.push_back({1, {path, args, {}}, true, *claims, deadline});
  runs.push_back({2, {path, args, {}}, false, *claims, deadline, guarded});
  const postgres::BatchCall batch(runs, {}, {});
  const postgres::Statement statement = batch.statement();
  const postgres::ServiceSession::Parameters parameters(statement.parameters.begin(),
                                                        statement.parameters.end());
  const postgres::Answered answered = database.ask_at_snapshot({}, statement.sql, parameters);
  if (!answered.ok()) return Error(ErrorCode::kInternal, with_remedy(postgres::describe(*answered.failure)));
  std::string value;
  for (const postgres::TextRow& row : answered.rows) {
    if (row.at(0) == "0") continue;  // of the snapshot
    if (row.at(2)) return postgres::to_error(postgres::parse_failure(*row.at(2)), {});
    value = row.at(1).value_or("null");
  }
  return value;
}

// In the same way as the gateway: exactly once, whatever happens to the connection.
Result<std::string> run_mutation(const Settings& settings, postgres::MutationRequest request) {
  base::SteadyClock clock;
  base::SystemRandom random;
  postgres::Reconnect reconnect(clock, random);
  postgres::PoolOptions options;
  options.connect = {settings.database_url, "freshet call", settings.connect_timeout,
                     settings.deadline + kStatementGrace};
  options.reserved = {0, 0, 0, 1, 0, 0};
  options.shared = 0;
  auto promise = std::make_shared<std::promise<Result<std::string>>>();
  std::future<Result<std::string>> answer = promise->get_future();
  postgres::WorkerPool pool(options, clock, reconnect);
  postgres::Job job;
  job.expires = request.deadline;
  job.run = [&, promise](postgres::Worker& worker) {
    auto result = postgres::run_mutation(worker, request, clock, random);
    promise->set_value(result ? Result<std::string>(std::move(result->value))
                              : Result<std::string>(std::move(result).error()));
  };
  job.fail = [&, promise](const Error& error) {
    promise->set_value(reconnect.down() ? Error(ErrorCode::kOverloaded, with_remedy(reconnect.reason()))
                                        : error);
  };
  pool.submit(postgres::Lane::kMutation, std::move(job));
  return answer.get();
}

Result<std::string> run(const Settings& settings, const CallOptions& options, const std::string& args,
                        const Caller& caller) {
  auto opened = postgres::ServiceSession::open(
      {settings.database_url, "freshet call", settings.connect_timeout}, settings.deadline + kStatementGrace);
  if (const auto* failure = std::get_if<postgres::Failure>(&opened)) return unreachable(*failure);
  postgres::ServiceSession& database = *std::get<std::unique_ptr<postgres::ServiceSession>>(opened);
  auto json = postgres::catalog_json(database);
  if (!json) return Error(ErrorCode::kInternal, with_remedy(json.error().message));
  auto catalog = parse_catalog(*std::move(json));
  if (!catalog) return std::move(catalog).error();
  const FunctionTraits* traits = (*catalog)->find(options.path);
  if (traits == nullptr) return Error(ErrorCode::kNotFound, "no function " + options.path + " is exposed");
  const base::Duration deadline =
      std::min<base::Duration>(traits->deadline.value_or(settings.deadline), settings.deadline);
  if (traits->info.kind == session::Kind::kQuery)
    return run_query(database, options.path, args, caller, traits->guarded, deadline);
  if (options.query) return Error(ErrorCode::kNotFound, options.path + " is not a query");
  auto sessions = postgres::open_sessions(database, 1);
  if (!sessions) return Error(ErrorCode::kInternal, with_remedy(sessions.error().message));
  postgres::MutationRequest request;
  request.session = sessions->at(0);
  request.request = 1;
  request.principal = caller.principal;
  request.path = options.path;
  request.args = args;
  request.identity = caller.claims;
  request.deadline = base::SteadyClock().now() + deadline;
  return run_mutation(settings, std::move(request));
}

int fail(const Error& error) {
  std::fprintf(stderr, "%s\n", base::to_json(error).c_str());
  return 1;
}

}  // namespace

int call(const Settings& settings, const CallOptions& options) {
  start_logging("error", false);
  if (settings.database_url.empty()) {
    return fail({ErrorCode::kInvalidArguments, "--database-url (FRESHET_DATABASE_URL) is missing"});
  }
  Result<std::string> args = canonical_object(options.args, "arguments");
  if (!args) return fail(args.error());
  Caller caller{"null", {}};
  if (!options.identity.empty()) {
    Result<std::string> claims = canonical_object(options.identity, "--as");
    if (!claims) return fail(claims.error());
    caller = {*claims, principal_of(*claims)};
  }
  const Result<std::string> result = run(settings, options, *args, caller);
  if (!result) return fail(result.error());
  std::printf("%s\n", result->c_str());
  return 0;
}

}  // namespace freshet::app
