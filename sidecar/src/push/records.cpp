#include "push/records.h"

#include <map>
#include <utility>

namespace freshet::push {
namespace {

constexpr const char* kMine = "pushed_by = current_user AND app = $1";

bool run_or_fault(Run& run, const std::string& sql, const tools::Database::Parameters& parameters) {
  const auto rows = run.session.rows(sql, parameters);
  if (!rows) run.fault(rows.error().message);
  return rows.ok();
}

bool forget(Run& run, const std::string& signature) {
  return run_or_fault(run, std::string("DELETE FROM freshet.pushed WHERE ") + kMine + " AND function = $2",
                      {run.app, signature});
}

bool drop(Run& run, const KnownFunction& function) {
  // Another one may be exposed under the path by now.
  const bool path_lives = run.find(function.path) != nullptr;
  std::optional<postgres::Failure> failure;
  if (!path_lives) failure = run.session.apply("SELECT freshet.hide(" + quoted_text(function.path) + ")");
  if (!failure) failure = run.session.apply("DROP " + function.kind + " " + function.signature);
  if (failure) {
    Problem problem;
    problem.message =
        function.shown + " is not in the files any more and cannot be dropped: " + failure->message;
    problem.sqlstate = failure->sqlstate;
    problem.detail = failure->detail;
    problem.hint = failure->hint;
    run.outcome.problems.push_back(std::move(problem));
    return false;
  }
  run.outcome.changes.push_back({"dropped", function.shown, "not in the files", ""});
  return true;
}

}  // namespace

void keep_records(Run& run, bool prune) {
  auto rows =
      run.session.rows(std::string("SELECT function, file FROM freshet.pushed WHERE ") + kMine, {run.app});
  if (!rows) return run.fault(rows.error().message);
  std::map<std::string, std::string> known;
  for (int row = 0; row < rows->size(); ++row) known[rows->text(row, 0)] = rows->text(row, 1);
  for (const Defined& defined : run.defined) {
    const auto record = known.find(defined.now.signature);
    const bool same = record != known.end() && record->second == defined.file->name;
    if (record != known.end()) known.erase(record);
    if (!same && !run_or_fault(run,
                               "INSERT INTO freshet.pushed (app, function, file) VALUES ($1, $2, $3)"
                               " ON CONFLICT (pushed_by, app, function) DO UPDATE SET file = excluded.file",
                               {run.app, defined.now.signature, defined.file->name}))
      return;
  }
  for (const auto& [signature, file] : known) {
    const auto there = functions_signed(run.session, signature);
    if (!there) return run.fault(there.error().message);
    if (there->empty() || prune) {
      if (!there->empty() && !drop(run, there->front())) return;
      if (!forget(run, signature)) return;
    } else {
      run.outcome.removed.push_back(there->front().shown);
    }
  }
}

}  // namespace freshet::push
