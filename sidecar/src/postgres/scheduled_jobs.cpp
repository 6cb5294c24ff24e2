#include "postgres/scheduled_jobs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>

#include "base/failpoint.h"
#include "base/raw_json.h"

namespace freshet::postgres {
namespace {

using base::AfterFailure;
using base::Error;
using base::ErrorCode;
using std::chrono::milliseconds;

constexpr int kMostAttempts = 12;
constexpr milliseconds kFirstPause{2};
constexpr milliseconds kMostPause{250};
// The function's own deadline ends it sooner; this is for a server that does not answer.
constexpr std::chrono::minutes kPatience{10};
constexpr milliseconds kCommitPatience{10'000};
constexpr milliseconds kRollbackPatience{2'000};

template <class Number>
std::optional<Number> whole(const std::optional<std::string>& text) {
  Number number = 0;
  if (!text) return std::nullopt;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

std::string array_literal(const std::vector<std::string>& texts) {
  std::string out = "{";
  for (const std::string& text : texts) {
    out += out.size() > 1 ? ",\"" : "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

std::string error_json(const Failure& failure) {
  return "{\"sqlstate\":" + base::json_string(failure.sqlstate) +
         ",\"message\":" + base::json_string(failure.message) + "}";
}

struct Attempt {
  JobOutcome outcome = JobOutcome::kUnknown;
  Failure failure;
  std::string error;  // as fail_job() takes it
};

Attempt failed(const Failure& failure, std::string error) {
  return {failure.sqlstate.empty() ? JobOutcome::kUnknown : JobOutcome::kFailed, failure, std::move(error)};
}

void roll_back(Connection& connection, const base::Clock& clock) {
  static constexpr std::string_view kRollback = "ROLLBACK";
  if (connection.broken() || !connection.in_transaction()) return;
  if (!connection.run({kRollback}, clock.now() + kRollbackPatience).ok()) connection.condemn();
}

Attempt attempt(Connection& connection, const DueJob& job, const base::Clock& clock) {
  const std::string id = std::to_string(job.id);
  (void)connection.take_notices();  // of what ran before
  const std::array<Statement, 2> statements{
      Statement{"BEGIN ISOLATION LEVEL SERIALIZABLE"},
      Statement{"SELECT outcome, error FROM freshet.run_job($1::bigint, $2)", {id, job.place}}};
  const Ran ran = connection.run(statements, clock.now() + kPatience);
  if (!ran.ok()) return failed(*ran.failure, error_json(*ran.failure));
  const Rows& row = ran.rows.back();
  const std::string outcome(row.size() == 1 ? row.get(0, 0) : std::string_view());
  if (outcome == "busy") return {JobOutcome::kBusy, {}, {}};
  if (outcome == "gone") return {JobOutcome::kGone, {}, {}};
  if (outcome == "error") return failed(parse_failure(row.get(0, 1)), std::string(row.get(0, 1)));
  if (outcome != "done") {
    connection.condemn();
    return {JobOutcome::kUnknown, {}, {}};
  }
  if (base::failpoint("job_before_commit")) {
    connection.condemn();
    return {JobOutcome::kUnknown, {}, {}};
  }
  const Statement commit{"COMMIT"};
  const Ran committed =
      connection.run({&commit, 1}, clock.now() + kCommitPatience, /*cancel_at_deadline=*/false);
  if (!committed.ok()) return failed(*committed.failure, error_json(*committed.failure));
  if (base::failpoint("job_after_commit")) {
    connection.condemn();
    return {JobOutcome::kUnknown, {}, {}};
  }
  return {JobOutcome::kDone, {}, {}};
}

JobOutcome record_failure(Worker& worker, const DueJob& job, const Attempt& tried, const base::Clock& clock) {
  const std::string id = std::to_string(job.id);
  const std::string number = std::to_string(job.attempt);
  const Ran ran = worker.connection().run(
      {"SELECT freshet.fail_job($1::bigint, $2::int, $3::jsonb)", {id, number, tried.error}},
      clock.now() + kCommitPatience);
  if (!ran.ok() || ran.rows.back().size() != 1) return JobOutcome::kUnknown;
  if (ran.rows.back().is_null(0, 0)) return JobOutcome::kGone;
  spdlog::warn("job {}: attempt {} failed, it is {} now: {}", job.id, job.attempt + 1,
               ran.rows.back().get(0, 0), describe(tried.failure));
  return JobOutcome::kFailed;
}

}  // namespace

base::Result<DueJobs> due_jobs(ServiceSession& database, int count, const std::vector<std::string>& full) {
  // The snapshot is that of the statement, and the function's own statements have newer ones.
  Answered answered = database.ask(
      "SELECT 'freshet.job'::pg_catalog.regclass::pg_catalog.oid,"
      " 'freshet.job_queue'::pg_catalog.regclass::pg_catalog.oid,"
      " 'freshet.cron'::pg_catalog.regclass::pg_catalog.oid, pg_catalog.pg_current_snapshot(),"
      " d.id, d.place, d.queue, d.attempt, d.in_ms FROM freshet.due_jobs($1::int, $2::text[]) d",
      {std::to_string(count), array_literal(full)});
  if (!answered.ok()) return Error(ErrorCode::kOverloaded, describe(*answered.failure));
  const Error unknown(ErrorCode::kInternal, "freshet.due_jobs() has a form that is not known");
  if (answered.rows.empty() || answered.rows.front().size() != 9) return unknown;
  DueJobs due;
  for (std::size_t column = 0; column < 3; ++column) {
    const auto table = whole<wire::TableId>(answered.rows.front()[column]);
    if (!table) return unknown;
    due.tables.push_back(*table);
  }
  base::Result<wire::Snapshot> snapshot = wire::Snapshot::parse(answered.rows.front()[3].value_or(""));
  if (!snapshot) return unknown;
  due.snapshot = *std::move(snapshot);
  for (const TextRow& row : answered.rows) {
    if (!row[4]) {
      if (const auto wait = whole<std::int64_t>(row[8])) due.next = milliseconds(*wait);
      continue;
    }
    const auto id = whole<std::int64_t>(row[4]);
    const auto failures = whole<int>(row[7]);
    if (!id || !row[5] || !row[6] || !failures) return unknown;
    due.jobs.push_back({*id, *row[5], *row[6], *failures});
  }
  return due;
}

base::Result<void> prune_jobs(ServiceSession& database, std::chrono::hours keep) {
  const Answered answered =
      database.ask("SELECT freshet.prune_jobs(pg_catalog.make_interval(hours => $1::int))",
                   {std::to_string(keep.count())});
  if (!answered.ok()) return Error(ErrorCode::kOverloaded, describe(*answered.failure));
  return {};
}

JobOutcome run_job(Worker& worker, const DueJob& job, const base::Clock& clock, base::Random& random) {
  bool once_more = false;
  for (int attempts = 1;; ++attempts) {
    if (worker.connection().broken()) return JobOutcome::kUnknown;
    Attempt tried = attempt(worker.connection(), job, clock);
    if (tried.outcome == JobOutcome::kDone) return JobOutcome::kDone;
    roll_back(worker.connection(), clock);
    if (tried.outcome != JobOutcome::kFailed) return tried.outcome;
    const AfterFailure after = tried.failure.after();
    if (after == AfterFailure::kOutcomeUnknown) return JobOutcome::kUnknown;
    const bool again = after == AfterFailure::kRetry ||
                       (after == AfterFailure::kRetryOnce && !std::exchange(once_more, true));
    if (again && attempts < kMostAttempts) {
      const auto most = std::min(kFirstPause * (1 << std::min(attempts, 10)), kMostPause);
      if (worker.pause(std::chrono::duration_cast<base::Duration>(most * random.fraction()))) continue;
      return JobOutcome::kUnknown;
    }
    return record_failure(worker, job, tried, clock);
  }
}

}  // namespace freshet::postgres
