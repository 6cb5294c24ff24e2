#include "postgres/mutation.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <variant>

#include "base/failpoint.h"

namespace freshet::postgres {
namespace {

using base::AfterFailure;
using base::Error;
using base::ErrorCode;
using std::chrono::milliseconds;

constexpr int kMostAttempts = 12;
constexpr milliseconds kFirstPause{2};
constexpr milliseconds kMostPause{250};
// A commit is not cancelled (a cancelled wait for a synchronous standby would count as committed); it is left
// after this.
constexpr milliseconds kCommitPatience{10'000};

struct Attempt {
  std::variant<MutationResult, Failure> outcome;
  bool commit_sent = false;  // with a lost connection: it may have committed
};

MutationResult read_row(const Rows& rows) {
  MutationResult result;
  result.value = rows.is_null(0, 0) ? "null" : rows.text(0, 0);
  if (!rows.is_null(0, 2)) {
    const std::string_view text = rows.get(0, 2);
    std::uint64_t xid = 0;
    std::from_chars(text.data(), text.data() + text.size(), xid);
    result.xid = xid;
  }
  result.replayed = rows.get(0, 3) == "t";
  return result;
}

void roll_back(Connection& connection, base::TimePoint deadline) {
  static constexpr std::string_view kRollback = "ROLLBACK";
  if (!connection.run({kRollback}, deadline).ok()) connection.condemn();
}

Attempt attempt(Connection& connection, const MutationRequest& request, const base::Clock& clock) {
  const std::string id = std::to_string(request.request);
  const auto milliseconds_left = std::chrono::ceil<milliseconds>(request.deadline - clock.now()).count();
  const std::string left = std::to_string(std::max<std::int64_t>(milliseconds_left, 1));
  (void)connection.take_notices();  // of an attempt before
  if (base::failpoint("mutation_before_begin")) return {connection_lost("failpoint"), false};
  const std::array<Statement, 2> call{
      Statement{"BEGIN ISOLATION LEVEL SERIALIZABLE"},
      Statement{
          "SELECT value, error, xid, replayed FROM freshet.call($1, $2::bigint, $3, $4, $5, $6, $7::int)",
          {request.session, id, request.principal, request.path, request.args, request.identity, left}}};
  const Ran ran = connection.run(call, request.deadline + kCancelAfter);
  const base::TimePoint soon = clock.now() + milliseconds(2000);
  if (!ran.ok()) {
    if (!connection.broken()) roll_back(connection, soon);
    return {*ran.failure, false};
  }
  const Rows& row = ran.rows.back();
  if (row.size() != 1) {
    connection.condemn();
    Failure failure;
    failure.sqlstate = "XX000";
    failure.message = "freshet.call returned no row";
    return {failure, false};
  }
  if (!row.is_null(0, 1)) {
    Failure failure = parse_failure(row.get(0, 1));
    roll_back(connection, soon);
    return {failure, false};
  }
  MutationResult result = read_row(row);
  if (base::failpoint("mutation_before_commit")) {
    connection.condemn();
    return {connection_lost("failpoint"), false};
  }
  const Statement commit{"COMMIT"};
  const Ran committed =
      connection.run({&commit, 1}, clock.now() + kCommitPatience, /*cancel_at_deadline=*/false);
  if (!committed.ok()) {
    if (!connection.broken() && connection.in_transaction()) roll_back(connection, soon);
    return {*committed.failure, true};
  }
  // COMMIT of a transaction that had failed unnoticed says ROLLBACK.
  if (committed.rows.back().command_tag() != "COMMIT") {
    Failure failure;
    failure.sqlstate = "XX000";
    failure.message = "the transaction was rolled back at commit";
    return {failure, false};
  }
  if (base::failpoint("mutation_after_commit")) {
    connection.condemn();
    return {connection_lost("failpoint"), true};
  }
  return {std::move(result), true};
}

std::optional<Error> create_session(Connection& connection, const MutationRequest& request,
                                    base::Random& random) {
  const Ran ran = connection.run({"SELECT freshet.open_session($1)", {request.session}}, request.deadline);
  if (ran.ok()) return std::nullopt;
  return to_error(*ran.failure, random.id());
}

}  // namespace

base::Result<MutationResult> run_mutation(Worker& worker, const MutationRequest& request,
                                          const base::Clock& clock, base::Random& random) {
  bool in_doubt = false;
  bool once_more = false;
  bool session_recorded = !request.create_session;
  for (int attempts = 1;; ++attempts) {
    if (worker.connection().broken() && !worker.reconnect(request.deadline)) {
      if (in_doubt)
        return Error(ErrorCode::kOutcomeUnknown, "the database went away while this was committed");
      return Error(ErrorCode::kOverloaded, "the database can't be reached; try again");
    }
    if (!session_recorded) {
      if (auto error = create_session(worker.connection(), request, random)) {
        if (!worker.connection().broken()) return *error;
        if (clock.now() < request.deadline && attempts < kMostAttempts) continue;
        return *error;
      }
      session_recorded = true;
    }
    Attempt tried = attempt(worker.connection(), request, clock);
    if (auto* result = std::get_if<MutationResult>(&tried.outcome)) {
      result->attempts = attempts;
      result->notices = worker.connection().take_notices();
      return std::move(*result);
    }
    const Failure& failure = std::get<Failure>(tried.outcome);
    const AfterFailure after = failure.after();
    in_doubt = in_doubt || (tried.commit_sent && after == AfterFailure::kOutcomeUnknown);
    const bool again = after == AfterFailure::kRetry || after == AfterFailure::kOutcomeUnknown ||
                       (after == AfterFailure::kRetryOnce && !std::exchange(once_more, true));
    const bool time_left = attempts < kMostAttempts && clock.now() < request.deadline;
    if (again && time_left) {
      const auto most = std::min(kFirstPause * (1 << std::min(attempts, 10)), kMostPause);
      const auto pause = std::chrono::duration_cast<base::Duration>(most * random.fraction());
      if (clock.now() + pause < request.deadline && worker.pause(pause)) continue;
    }
    // The function's own answer after the attempt in doubt settles it: the record was not there. Contention
    // and a cancel don't.
    if (in_doubt && (again || failure.sqlstate == "57014")) {
      spdlog::warn("mutation {} of {}: outcome unknown: {}", request.request, request.path,
                   describe(failure));
      return Error(ErrorCode::kOutcomeUnknown,
                   "whether this took effect is not known; ask again with the same id");
    }
    postgres::Connection& connection = worker.connection();
    const Error error = connection.developer()
                            ? to_developer_error(failure, random.id(), connection.take_notices())
                            : to_error(failure, random.id());
    if (error.code == ErrorCode::kInternal)
      spdlog::error("{} failed [{}]: {}", request.path, error.id, describe(failure));
    return error;
  }
}

}  // namespace freshet::postgres
