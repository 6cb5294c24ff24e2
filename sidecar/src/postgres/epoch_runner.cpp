#include "postgres/epoch_runner.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <set>
#include <variant>

#include "base/failpoint.h"

namespace freshet::postgres {
namespace {

using std::chrono::seconds;

constexpr seconds kImportPatience{10};  // a worker that has not imported by then gives its runs back
constexpr seconds kStatementPatience{5};
// Runs of one statement: what it costs by itself is shared, and those who wait for its first run wait little.
constexpr std::size_t kRunsPerStatement = 8;

std::vector<live::RunId> ids(std::span<const live::RunRequest> runs) {
  std::vector<live::RunId> out;
  for (const live::RunRequest& run : runs) out.push_back(run.run);
  return out;
}

// As Postgres writes the name of an exported snapshot: SET TRANSACTION SNAPSHOT takes no parameter.
bool is_snapshot_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789ABCDEFabcdef-") == std::string_view::npos;
}

}  // namespace

// One epoch's mailbox and what its workers share. The live loop's thread writes, the workers read.
class EpochRunner::Epoch : public std::enable_shared_from_this<Epoch> {
 public:
  Epoch(live::EpochNumber number, WorkerPool& pool, EpochEvents& events, base::Random& random,
        std::string image_key)
      : number_(number), pool_(pool), events_(events), random_(random), image_key_(std::move(image_key)) {}

  void put(live::RunAtEpoch action) { post(std::move(action)); }
  void put(live::RunOnWorker action) { post(std::move(action)); }
  void put(live::CloseEpoch action) { post(action); }

  void fail() { events_.epoch_failed({number_}); }
  void serve(Worker& worker, const live::OpenSnapshot& opening);
  void cancel(live::RunId run);

 private:
  using Message = std::variant<live::RunAtEpoch, live::RunOnWorker, live::CloseEpoch>;

  template <class T>
  void post(T action) {
    const std::lock_guard lock(mutex_);
    mailbox_.push_back(std::move(action));
    wake_.notify_all();
  }
  bool next(Worker& worker, Message& message);
  bool export_snapshot(Connection& connection);
  void start_on_worker(live::RunOnWorker action);
  void run_imported(Worker& worker, const live::RunOnWorker& action, const std::string& exported,
                    const std::string& now);
  void imported();
  bool wait_for_imports(Worker& worker);
  // What took longer than its first try is taken out of the batch's outcomes and returned.
  static std::vector<live::RunRequest> take_slow(std::span<const live::RunRequest> runs,
                                                 std::vector<live::RunOutcome>& outcomes);
  // Asks for all at once, a few to a statement, and tells the outcomes of each as they come; the first batch
  // of an epoch comes with `open`, which is given its snapshot. The runs that took longer than their first
  // try, or nothing when the epoch is lost.
  std::optional<std::vector<live::RunRequest>> run_in_parts(Worker& worker,
                                                            std::span<const live::RunRequest> runs,
                                                            const std::string& since,
                                                            const std::function<void(Batch&)>& open);
  // False: the snapshot could not be exported.
  bool start_alone(Connection& connection, std::vector<live::RunRequest> slow);
  // By itself, in the worker's transaction; false when that is of no use any more.
  bool run_alone(Connection& connection, const live::RunRequest& run, const BatchOptions& options);
  // Which connection is running which runs now, for cancel().
  Ran run_marked(Connection& connection, std::span<const Statement> statements,
                 std::span<const live::RunRequest> runs, base::TimePoint deadline,
                 const Connection::TakeRows& take = {});

  const live::EpochNumber number_;
  WorkerPool& pool_;
  EpochEvents& events_;
  base::Random& random_;
  const std::string image_key_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Message> mailbox_;
  std::map<Connection*, std::vector<live::RunId>> running_;
  std::set<live::RunId> cancelled_;
  int importing_ = 0;
  std::string exported_;  // by the epoch's worker only, as the next
  std::string now_;
};

Ran EpochRunner::Epoch::run_marked(Connection& connection, std::span<const Statement> statements,
                                   std::span<const live::RunRequest> runs, base::TimePoint deadline,
                                   const Connection::TakeRows& take) {
  {
    const std::lock_guard lock(mutex_);
    running_[&connection] = ids(runs);
  }
  Ran ran = take ? connection.run_each(statements, deadline, take) : connection.run(statements, deadline);
  const std::lock_guard lock(mutex_);
  running_.erase(&connection);
  return ran;
}

void EpochRunner::Epoch::cancel(live::RunId run) {
  // Under the lock, so that the connection is still running it and is not given to another job meanwhile.
  const std::lock_guard lock(mutex_);
  cancelled_.insert(run);
  for (const auto& [connection, runs] : running_) {
    if (std::find(runs.begin(), runs.end(), run) != runs.end()) connection->cancel();
  }
}

void EpochRunner::Epoch::serve(Worker& worker, const live::OpenSnapshot& opening) {
  Connection& connection = worker.connection();
  const base::Clock& clock = pool_.clock();
  const auto give_up = [&] {
    connection.condemn();
    fail();
  };
  const auto open = [&](Batch& first) {
    now_ = first.now;
    events_.snapshot_opened({number_, first.snapshot.snapshot, std::move(first.snapshot.fates)},
                            first.snapshot.system);
  };
  std::optional<std::vector<live::RunRequest>> slow = run_in_parts(worker, opening.runs, opening.since, open);
  if (!slow || !start_alone(connection, *std::move(slow))) return give_up();

  Message message;
  while (next(worker, message)) {
    if (auto* at_epoch = std::get_if<live::RunAtEpoch>(&message)) {
      slow = run_in_parts(worker, at_epoch->runs, {}, {});
      if (!slow || !start_alone(connection, *std::move(slow))) return give_up();
    } else if (auto* on_worker = std::get_if<live::RunOnWorker>(&message)) {
      if (!export_snapshot(connection)) return give_up();
      start_on_worker(std::move(*on_worker));
    } else {
      if (!wait_for_imports(worker)) connection.condemn();
      // Read-only: nothing to lose. Advisory locks are all that a run could have left in the session.
      const std::array<Statement, 2> end{Statement{"COMMIT"},
                                         Statement{"SELECT pg_catalog.pg_advisory_unlock_all()"}};
      if (!connection.broken() && !connection.run(end, clock.now() + kStatementPatience).ok())
        connection.condemn();
      return;
    }
  }
  connection.condemn();
}

std::optional<std::vector<live::RunRequest>> EpochRunner::Epoch::run_in_parts(
    Worker& worker, std::span<const live::RunRequest> runs, const std::string& since,
    const std::function<void(Batch&)>& open) {
  const BatchOptions options{image_key_, {}, kFirstTry};
  std::vector<std::span<const live::RunRequest>> parts;
  std::vector<BatchCall> calls;
  base::Duration patience{};
  for (std::size_t at = 0; at < runs.size() || parts.empty(); at += kRunsPerStatement) {
    parts.push_back(runs.subspan(at, std::min(kRunsPerStatement, runs.size() - at)));
    calls.emplace_back(parts.back(), at == 0 ? since : std::string(), options);
    patience += calls.back().patience();
  }
  std::vector<Statement> statements;
  const std::size_t before = open ? 1 : 0;
  if (open) statements.push_back(Statement{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"});
  for (const BatchCall& call : calls) statements.push_back(call.statement());

  std::vector<live::RunRequest> slow;
  std::optional<std::string> trouble;
  const auto take = [&](std::size_t statement, const Rows& rows) {
    if (trouble || statement < before) return;
    const std::span<const live::RunRequest> part = parts[statement - before];
    base::Result<Batch> batch = read_batch(rows, part, random_, worker.connection().developer());
    if (!batch) {
      trouble = batch.error().message;
      return;
    }
    if (open && statement == before) {
      if (base::failpoint("epoch_after_snapshot")) {
        trouble = "failpoint";
        return;
      }
      open(*batch);
    }
    for (live::RunRequest& run : take_slow(part, batch->outcomes)) slow.push_back(std::move(run));
    if (!batch->outcomes.empty()) events_.runs_finished({number_, std::move(batch->outcomes)});
  };
  const Ran ran = run_marked(worker.connection(), statements, runs, pool_.clock().now() + patience, take);
  if (!ran.ok()) trouble = describe(*ran.failure);
  if (!trouble) return slow;
  spdlog::warn("epoch {}: {}", number_, *trouble);
  return std::nullopt;
}

std::vector<live::RunRequest> EpochRunner::Epoch::take_slow(std::span<const live::RunRequest> runs,
                                                            std::vector<live::RunOutcome>& outcomes) {
  std::vector<live::RunRequest> slow;
  const auto cut_short = [&](const live::RunOutcome& outcome) {
    if (!outcome.error || outcome.error->code != base::ErrorCode::kDeadlineExceeded) return false;
    const auto run = std::find_if(runs.begin(), runs.end(),
                                  [&](const live::RunRequest& each) { return each.run == outcome.run; });
    if (run == runs.end() || run->deadline <= kFirstTry) return false;
    slow.push_back(*run);
    return true;
  };
  std::erase_if(outcomes, cut_short);
  return slow;
}

bool EpochRunner::Epoch::start_alone(Connection& connection, std::vector<live::RunRequest> slow) {
  if (slow.empty()) return true;
  if (!export_snapshot(connection)) return false;
  for (live::RunRequest& run : slow) {
    live::RunOnWorker alone;
    alone.epoch = number_;
    alone.runs.push_back(std::move(run));
    start_on_worker(std::move(alone));
  }
  return true;
}

bool EpochRunner::Epoch::run_alone(Connection& connection, const live::RunRequest& run,
                                   const BatchOptions& options) {
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_.contains(run.run)) return true;
  }
  const std::vector<live::RunRequest> runs{run};
  const BatchCall call(runs, {}, options);
  const Statement statement = call.statement();
  const base::TimePoint until = pool_.clock().now() + call.patience();
  const Ran ran = run_marked(connection, {&statement, 1}, runs, until);
  if (!ran.ok()) {
    spdlog::warn("epoch {}: a run of {} failed: {}", number_, run.call.path, describe(*ran.failure));
    connection.condemn();
    if (pool_.clock().now() < until) {
      events_.runs_failed({number_, {run.run}});
      return false;
    }
    // The function does not heed the cancel of its own deadline; asked again at once it would only do the
    // same.
    live::RunOutcome outcome;
    outcome.run = run.run;
    outcome.error =
        base::Error(base::ErrorCode::kDeadlineExceeded, "the function did not end within its deadline");
    outcome.elapsed = run.deadline;
    events_.runs_finished({number_, {std::move(outcome)}});
    return false;
  }
  base::Result<Batch> batch = read_batch(ran.rows.back(), runs, random_, connection.developer());
  if (!batch) {
    spdlog::error("epoch {}: {}", number_, batch.error().message);
    connection.condemn();
    events_.runs_failed({number_, {run.run}});
    return false;
  }
  events_.runs_finished({number_, std::move(batch->outcomes)});
  return true;
}

bool EpochRunner::Epoch::next(Worker& worker, Message& message) {
  // The pool's stop is not signalled here, so it is looked for now and then.
  std::unique_lock lock(mutex_);
  while (mailbox_.empty()) {
    wake_.wait_for(lock, std::chrono::milliseconds(200));
    if (mailbox_.empty()) {
      lock.unlock();
      if (!worker.pause(base::Duration::zero())) return false;
      lock.lock();
    }
  }
  message = std::move(mailbox_.front());
  mailbox_.pop_front();
  return true;
}

bool EpochRunner::Epoch::export_snapshot(Connection& connection) {
  if (!exported_.empty()) return true;
  const Ran ran =
      connection.run({"SELECT pg_catalog.pg_export_snapshot()"}, pool_.clock().now() + kStatementPatience);
  if (!ran.ok() || !is_snapshot_name(ran.rows.back().get(0, 0))) return false;
  exported_ = ran.rows.back().text(0, 0);
  return true;
}

void EpochRunner::Epoch::start_on_worker(live::RunOnWorker action) {
  {
    const std::lock_guard lock(mutex_);
    ++importing_;
  }
  auto self = shared_from_this();
  auto shared = std::make_shared<const live::RunOnWorker>(std::move(action));
  Job job;
  job.expires = pool_.clock().now() + kImportPatience;
  job.run = [self, shared, exported = exported_, now = now_](Worker& worker) {
    self->run_imported(worker, *shared, exported, now);
  };
  job.fail = [self, shared](const base::Error&) {
    self->imported();
    self->events_.runs_failed({self->number_, ids(shared->runs)});
  };
  pool_.submit(Lane::kSlow, std::move(job));
}

void EpochRunner::Epoch::imported() {
  const std::lock_guard lock(mutex_);
  --importing_;
  wake_.notify_all();
}

bool EpochRunner::Epoch::wait_for_imports(Worker& worker) {
  std::unique_lock lock(mutex_);
  while (importing_ > 0) {
    wake_.wait_for(lock, std::chrono::milliseconds(200));
    lock.unlock();
    const bool stopping = !worker.pause(base::Duration::zero());
    lock.lock();
    if (stopping) return false;
  }
  return true;
}

void EpochRunner::Epoch::run_imported(Worker& worker, const live::RunOnWorker& action,
                                      const std::string& exported, const std::string& now) {
  Connection& connection = worker.connection();
  const base::Clock& clock = pool_.clock();
  const std::string import = "SET TRANSACTION SNAPSHOT '" + exported + "'";
  const std::array<Statement, 2> begin{Statement{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
                                       Statement{import, {}, false, /*prepare=*/false}};
  const Ran begun = connection.run(begin, clock.now() + kStatementPatience);
  imported();
  const auto give_back = [&](const std::string& why, const std::vector<live::RunRequest>& runs) {
    spdlog::warn("epoch {}: {} runs on a worker failed: {}", number_, runs.size(), why);
    connection.condemn();
    events_.runs_failed({number_, ids(runs)});
  };
  if (!begun.ok()) return give_back(describe(*begun.failure), action.runs);
  BatchOptions options{image_key_, now, {}};
  std::vector<live::RunRequest> alone = action.runs;
  if (action.runs.size() > 1) {
    options.at_most = kFirstTry;
    const BatchCall call(action.runs, {}, options);
    const Statement statement = call.statement();
    const Ran ran = run_marked(connection, {&statement, 1}, action.runs, clock.now() + call.patience());
    if (!ran.ok()) return give_back(describe(*ran.failure), action.runs);
    base::Result<Batch> batch = read_batch(ran.rows.back(), action.runs, random_, connection.developer());
    if (!batch) return give_back(batch.error().message, action.runs);
    alone = take_slow(action.runs, batch->outcomes);
    if (!batch->outcomes.empty()) events_.runs_finished({number_, std::move(batch->outcomes)});
    options.at_most.reset();
  }
  for (auto run = alone.begin(); run != alone.end(); ++run) {
    if (run_alone(connection, *run, options)) continue;
    if (run + 1 != alone.end()) give_back("their connection is gone", {run + 1, alone.end()});
    return;
  }
  const std::array<Statement, 2> end{Statement{"COMMIT"},
                                     Statement{"SELECT pg_catalog.pg_advisory_unlock_all()"}};
  if (!connection.run(end, clock.now() + kStatementPatience).ok()) connection.condemn();
}

EpochRunner::EpochRunner(WorkerPool& pool, EpochEvents& events, base::Random& random)
    : pool_(pool), events_(events), random_(random) {}
EpochRunner::~EpochRunner() = default;

void EpochRunner::set_image_key(std::string hex) { image_key_ = std::move(hex); }

std::shared_ptr<EpochRunner::Epoch> EpochRunner::find(live::EpochNumber epoch) {
  const auto at = epochs_.find(epoch);
  return at == epochs_.end() ? nullptr : at->second.lock();
}

void EpochRunner::open(live::OpenSnapshot action) {
  auto epoch = std::make_shared<Epoch>(action.epoch, pool_, events_, random_, image_key_);
  std::erase_if(epochs_, [](const auto& entry) { return entry.second.expired(); });
  epochs_[action.epoch] = epoch;
  auto shared = std::make_shared<const live::OpenSnapshot>(std::move(action));
  Job job;
  job.expires = pool_.clock().now() + kImportPatience;
  job.run = [epoch, shared](Worker& worker) { epoch->serve(worker, *shared); };
  job.fail = [epoch](const base::Error&) { epoch->fail(); };
  pool_.submit(Lane::kEpoch, std::move(job));
}

void EpochRunner::run(live::RunAtEpoch action) {
  if (auto epoch = find(action.epoch)) epoch->put(std::move(action));
}

void EpochRunner::run_on_worker(live::RunOnWorker action) {
  if (auto epoch = find(action.epoch)) epoch->put(std::move(action));
}

void EpochRunner::close(live::CloseEpoch action) {
  if (auto epoch = find(action.epoch)) epoch->put(action);
}

void EpochRunner::cancel(live::CancelRun action) {
  auto epoch = find(action.epoch);
  if (!epoch) return;
  // A cancel opens a connection of its own: not on the live loop's thread.
  Job job;
  job.expires = pool_.clock().now() + kImportPatience;
  job.run = [epoch, run = action.run](Worker&) { epoch->cancel(run); };
  job.fail = [](const base::Error&) {};
  pool_.submit(Lane::kService, std::move(job));
}

}  // namespace freshet::postgres
