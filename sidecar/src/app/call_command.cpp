#include "app/call_command.h"

#include <array>
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
  if (!canonical) return Error(ErrorCode::kInvalidArguments, std::string(what) + ": " + canonical.error().message);
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

Result<std::string> run_query(postgres::Connection& connection, const std::string& path, const std::string& args,
                              const Caller& caller, bool guarded, base::Duration deadline, base::Random& random) {
  auto claims = live::Claims::parse(caller.claims);
  if (!claims) return std::move(claims).error();
  std::vector<live::RunRequest> runs;
  if (guarded) runs.push_back({1, {path, args, {}}, true, *claims, deadline});
  runs.push_back({2, {path, args, {}}, false, *claims, deadline});
  const postgres::BatchCall call(runs, {}, {});
  const std::array<postgres::Statement, 3> statements{postgres::Statement{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
                                                      call.statement(), postgres::Statement{"COMMIT"}};
  const postgres::Ran ran = connection.run(statements, base::SteadyClock().now() + call.patience());
  if (!ran.ok()) return Error(ErrorCode::kInternal, with_remedy(postgres::describe(*ran.failure)));
  auto batch = postgres::read_batch(ran.rows[1], runs, random);
  if (!batch) return std::move(batch).error();
  for (const live::RunOutcome& outcome : batch->outcomes) {
    if (outcome.error) return *outcome.error;
  }
  return *batch->outcomes.back().value;
}

Result<std::string> run(postgres::Worker& worker, const Settings& settings, const CallOptions& options, const std::string& args,
                        const Caller& caller) {
  base::SteadyClock clock;
  base::SystemRandom random;
  auto json = postgres::catalog_json(worker.connection());
  if (!json) return Error(ErrorCode::kInternal, with_remedy(json.error().message));
  auto catalog = parse_catalog(*std::move(json));
  if (!catalog) return std::move(catalog).error();
  const FunctionTraits* traits = (*catalog)->find(options.path);
  if (traits == nullptr) return Error(ErrorCode::kNotFound, "no function " + options.path + " is exposed");
  const base::Duration deadline = traits->deadline.value_or(settings.deadline);
  if (traits->info.kind == session::Kind::kQuery) {
    return run_query(worker.connection(), options.path, args, caller, traits->guarded, deadline, random);
  }
  if (options.query) return Error(ErrorCode::kNotFound, options.path + " is not a query");
  auto sessions = postgres::open_sessions(worker.connection(), 1);
  if (!sessions) return Error(ErrorCode::kInternal, with_remedy(sessions.error().message));
  postgres::MutationRequest request;
  request.session = sessions->at(0);
  request.request = 1;
  request.principal = caller.principal;
  request.path = options.path;
  request.args = args;
  request.identity = caller.claims;
  request.deadline = clock.now() + deadline;
  auto result = postgres::run_mutation(worker, request, clock, random);
  if (!result) return std::move(result).error();
  return std::move(result->value);
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
  base::SteadyClock clock;
  base::SystemRandom random;
  postgres::Reconnect reconnect(clock, random);
  postgres::PoolOptions pool_options;
  pool_options.connect = {settings.database_url, "freshet call", settings.connect_timeout};
  pool_options.reserved = {0, 0, 0, 1, 0, 0};
  pool_options.shared = 0;
  auto promise = std::make_shared<std::promise<Result<std::string>>>();
  std::future<Result<std::string>> answer = promise->get_future();
  postgres::WorkerPool pool(pool_options, clock, reconnect);
  postgres::Job job;
  job.expires = clock.now() + settings.connect_timeout + settings.deadline;
  job.run = [&, promise](postgres::Worker& worker) { promise->set_value(run(worker, settings, options, *args, caller)); };
  job.fail = [&, promise](const Error& error) {
    promise->set_value(reconnect.down() ? Error(ErrorCode::kOverloaded, with_remedy(reconnect.reason())) : error);
  };
  pool.submit(postgres::Lane::kMutation, std::move(job));
  const Result<std::string> result = answer.get();
  if (!result) return fail(result.error());
  std::printf("%s\n", result->c_str());
  return 0;
}

}  // namespace freshet::app
