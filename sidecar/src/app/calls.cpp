#include "app/calls.h"

#include <spdlog/spdlog.h>

#include <array>
#include <utility>

#include "base/failpoint.h"
#include "live/result.h"
#include "postgres/query_batch.h"

namespace freshet::app {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::uint64_t kAckOwnEvery = 256;
constexpr std::chrono::seconds kResetPatience{5};

session::Answer outcome_of(session::Part value, std::string epoch, std::string hash) {
  session::Outcome outcome;
  outcome.value = std::move(value);
  outcome.epoch = std::move(epoch);
  outcome.hash = std::move(hash);
  return outcome;
}

// The runs at one snapshot, in one round trip; blocks the worker.
Result<std::vector<live::RunOutcome>> ask(postgres::Connection& connection,
                                          const std::vector<live::RunRequest>& runs, base::TimePoint deadline,
                                          const base::Clock& clock, base::Random& random) {
  const postgres::BatchCall call(runs, {}, {{}, {}, deadline - clock.now()});
  const std::array<postgres::Statement, 4> statements{
      postgres::Statement{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}, call.statement(),
      postgres::Statement{"COMMIT"}, postgres::Statement{"SELECT pg_catalog.pg_advisory_unlock_all()"}};
  (void)connection.take_notices();  // of a call before
  const postgres::Ran ran = connection.run(statements, deadline + postgres::kCancelAfter);
  if (!ran.ok()) {
    connection.condemn();
    const Error error = postgres::to_error(*ran.failure, random.id());
    spdlog::warn("one-shot {}: {} [{}]", runs.back().call.path, postgres::describe(*ran.failure), error.id);
    return error;
  }
  Result<postgres::Batch> batch = postgres::read_batch(ran.rows[1], runs, random, connection.developer());
  if (!batch) {
    connection.condemn();
    Error error(ErrorCode::kInternal, "internal error");
    error.id = random.id();
    spdlog::error("one-shot {}: {} [{}]", runs.back().call.path, batch.error().message, error.id);
    return error;
  }
  return std::move(batch->outcomes);
}

// Appends the run of the query, behind that of its guard where it has one; their numbers are `first` and the
// one after it.
void append_runs(std::vector<live::RunRequest>& runs, live::RunId first, live::RunRequest run) {
  if (run.guarded) {
    live::RunRequest guard = run;
    guard.guard = true;
    guard.run = first;
    runs.push_back(std::move(guard));
  }
  run.run = run.guarded ? first + 1 : first;
  runs.push_back(std::move(run));
}

// The answer of the query whose runs begin with number `first`. The guard comes first: who it refuses learns
// nothing of the query.
session::Answer answer_in(const std::vector<live::RunOutcome>& outcomes, live::RunId first,
                          const wire::SipKey& key) {
  const live::RunOutcome* last = nullptr;
  for (live::RunId run = first; run <= first + 1; ++run) {
    for (const live::RunOutcome& outcome : outcomes) {
      if (outcome.run != run) continue;
      if (outcome.error) return *outcome.error;
      last = &outcome;
    }
  }
  if (last == nullptr || !last->value) return Error(ErrorCode::kInternal, "internal error");
  return outcome_of(last->value, {}, live::value_hash(key, *last->value));
}

}  // namespace

template <class Outcome>
std::function<void(Outcome)> Calls::logged(const char* kind, const std::string& path,
                                           std::function<void(Outcome)> done) {
  return
      [this, kind, path, id = random_.id(), began = clock_.now(), done = std::move(done)](Outcome outcome) {
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock_.now() - began).count();
        const std::string_view ended = outcome ? "ok" : base::info(outcome.error().code).name;
        // What a caller can bring about by what it asks for is not news; what the gateway or the database
        // could not do is.
        const bool news = !outcome && (base::info(outcome.error().code).http_status >= 500);
        spdlog::log(news ? spdlog::level::info : spdlog::level::debug, "call {} {} {} {} us {}", id, kind,
                    path, took, ended);
        done(std::move(outcome));
      };
}

Calls::Calls(EpochDriver& driver, postgres::WorkerPool& pool, LiveLoop& loop, SessionRecords& records,
             base::Duration deadline, const base::Clock& clock, base::Random& random)
    : driver_(driver),
      pool_(pool),
      loop_(loop),
      records_(records),
      deadline_(deadline),
      clock_(clock),
      random_(random) {}

void Calls::query(Query query, QueryDone done) {
  ++counts_.one_shots;
  const std::uint64_t token = next_token_++;
  live::OneShot one_shot;
  one_shot.token = token;
  one_shot.session = query.session;
  one_shot.after = query.after;
  one_shot.claims = query.claims;
  one_shot.call = {query.path, query.args, query.page};
  one_shot.guarded = query.traits.guarded;
  done = logged("query", query.path, std::move(done));
  waiting_.emplace(token, Waiting{std::move(query), std::move(done)});
  if (live::LiveState* state = driver_.state()) {
    state->one_shot(clock_.now(), std::move(one_shot));
  } else {
    run_directly({token, false});
  }
}

void Calls::answer(live::Answer action) {
  auto node = waiting_.extract(action.token);
  if (node.empty()) return;
  if (action.error) return node.mapped().done(std::move(*action.error));
  const std::string_view value = action.value();
  node.mapped().done(outcome_of(session::Part(std::move(action.text), value), std::move(action.epoch),
                                std::move(action.hash)));
}

void Calls::run_directly(live::RunDirectly action) {
  auto node = waiting_.extract(action.token);
  if (node.empty()) return;
  ++counts_.one_shots_direct;
  const Query& query = node.mapped().query;
  std::vector<live::RunRequest> runs;
  append_runs(runs, 1,
              {1,
               {query.path, query.args, query.page},
               false,
               query.claims,
               deadline_of(query.traits),
               query.traits.guarded});
  auto done = std::make_shared<QueryDone>(std::move(node.mapped().done));
  const auto reply = [this, done](session::Answer answer) {
    loop_.post([done, answer = std::move(answer)]() mutable { (*done)(std::move(answer)); });
  };
  postgres::Job job;
  job.expires = clock_.now() + deadline_of(query.traits);
  job.run = [this, runs = std::move(runs), deadline = job.expires, reply](postgres::Worker& worker) {
    auto outcomes = ask(worker.connection(), runs, deadline, clock_, random_);
    if (!outcomes) return reply(std::move(outcomes).error());
    session::Answer answer = answer_in(*outcomes, 1, result_key_);
    if (answer) answer->notices = worker.connection().take_notices();
    reply(std::move(answer));
  };
  job.fail = [reply](Error error) { reply(std::move(error)); };
  pool_.submit(postgres::Lane::kOneShot, std::move(job));
}

void Calls::batch(std::vector<BatchQuery> queries, live::ClaimsPtr claims,
                  std::vector<session::Answer> answers, BatchDone done) {
  if (queries.empty()) return done(std::move(answers));
  counts_.one_shots += queries.size();
  counts_.one_shots_direct += queries.size();
  std::vector<live::RunRequest> runs;
  for (BatchQuery& query : queries) {
    append_runs(runs, 2 * query.place + 1,
                {0, std::move(query.call), false, claims, deadline_of(query.traits), query.traits.guarded});
  }
  struct Shared {
    std::vector<session::Answer> answers;
    BatchDone done;
  };
  auto shared = std::make_shared<Shared>(Shared{
      std::move(answers), logged("batch", std::to_string(queries.size()) + " queries", std::move(done))});
  const auto reply = [this, shared](session::BatchAnswer answer) {
    loop_.post([shared, answer = std::move(answer)]() mutable { shared->done(std::move(answer)); });
  };
  postgres::Job job;
  job.expires = clock_.now() + deadline_;
  job.run = [this, queries = std::move(queries), runs = std::move(runs), deadline = job.expires, shared,
             reply](postgres::Worker& worker) {
    auto outcomes = ask(worker.connection(), runs, deadline, clock_, random_);
    if (!outcomes) return reply(std::move(outcomes).error());
    for (const BatchQuery& query : queries)
      shared->answers[query.place] = answer_in(*outcomes, 2 * query.place + 1, result_key_);
    reply(std::move(shared->answers));
  };
  job.fail = [reply](Error error) { reply(std::move(error)); };
  pool_.submit(postgres::Lane::kOneShot, std::move(job));
}

postgres::MutationRequest Calls::request_of(Mutation mutation) const {
  postgres::MutationRequest request;
  request.principal = std::move(mutation.principal);
  request.path = std::move(mutation.path);
  request.args = std::move(mutation.args);
  request.identity = std::move(mutation.identity);
  request.deadline = clock_.now() + deadline_of(mutation.traits);
  return request;
}

void Calls::mutate(const std::string& session, std::uint64_t request_id, Mutation mutation,
                   MutationDone done) {
  postgres::MutationRequest request = request_of(std::move(mutation));
  request.session = session;
  request.request = static_cast<std::int64_t>(request_id);
  start(std::move(request), std::move(done));
}

void Calls::mutate_keyed(const std::string& keyed_session, Mutation mutation, MutationDone done) {
  postgres::MutationRequest request = request_of(std::move(mutation));
  request.session = keyed_session;
  request.request = 1;
  request.create_session = true;
  start(std::move(request), std::move(done));
}

void Calls::mutate_once(Mutation mutation, MutationDone done) {
  if (!own_session_.empty()) return start_own(std::move(mutation), std::move(done));
  records_.take(
      [this, mutation = std::move(mutation), done = std::move(done)](Result<std::string> session) mutable {
        if (!session) return done(std::move(session).error());
        if (own_session_.empty()) own_session_ = *std::move(session);
        start_own(std::move(mutation), std::move(done));
      });
}

void Calls::start_own(Mutation mutation, MutationDone done) {
  const std::uint64_t id = own_next_++;
  own_running_.insert(id);
  mutate(own_session_, id, std::move(mutation),
         [this, id, done = std::move(done)](Result<postgres::MutationResult> result) {
           // A session that was pruned while nobody wrote is replaced for the next one.
           if (!result && result.error().code == ErrorCode::kOutcomeUnknown) own_session_.clear();
           own_finished(id);
           done(std::move(result));
         });
}

void Calls::own_finished(std::uint64_t request) {
  own_running_.erase(request);
  const std::uint64_t upto = (own_running_.empty() ? own_next_ : *own_running_.begin()) - 1;
  if (own_session_.empty() || upto < own_acked_ + kAckOwnEvery) return;
  own_acked_ = upto;
  records_.ack(own_session_, upto);
}

void Calls::start(postgres::MutationRequest request, MutationDone done) {
  ++mutations_in_flight_;
  done = logged("mutation", request.path, std::move(done));
  ++counts_.mutations;
  auto shared =
      std::make_shared<MutationDone>([this, done = std::move(done)](Result<postgres::MutationResult> result) {
        --mutations_in_flight_;
        if (result) {
          counts_.mutation_attempts += static_cast<std::uint64_t>(result->attempts);
          counts_.mutations_replayed += result->replayed ? 1 : 0;
        } else {
          ++counts_.mutations_failed;
        }
        done(std::move(result));
      });
  const auto reply = [this, shared](Result<postgres::MutationResult> result) {
    loop_.post([shared, result = std::move(result)]() mutable { (*shared)(std::move(result)); });
  };
  postgres::Job job;
  job.expires = request.deadline;
  job.run = [this, request = std::move(request), reply](postgres::Worker& worker) {
    Result<postgres::MutationResult> result = postgres::run_mutation(worker, request, clock_, random_);
    if (base::failpoint("mutation_before_response")) result = Error(ErrorCode::kInternal, "failpoint");
    reply(std::move(result));
    // After the answer: what the function left in the session is taken back.
    postgres::Connection& connection = worker.connection();
    if (!connection.broken() && !connection.reset(clock_.now() + kResetPatience).ok()) connection.condemn();
  };
  job.fail = [reply](Error error) { reply(std::move(error)); };
  pool_.submit(postgres::Lane::kMutation, std::move(job));
}

}  // namespace freshet::app
