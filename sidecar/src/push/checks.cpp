#include "push/checks.h"

#include <cstdlib>
#include <utility>

namespace freshet::push {
namespace {

constexpr const char* kErrors =
    "SELECT path, code, message, coalesce(line, 0), coalesce(remedy, '') FROM freshet.check() WHERE severity "
    "= 'error'";

bool check_body(Run& run, const Defined& defined) {
  if (defined.now.language_check.empty()) return true;
  if (auto failure = run.session.mark()) return run.fault(failure->message), false;
  auto answer = run.session.ask("SELECT " + defined.now.language_check + "($1)", {defined.now.oid});
  if (const auto* failure = std::get_if<postgres::Failure>(&answer)) {
    run.outcome.problems.push_back(body_problem_of(*failure, defined));
    if (failure->sqlstate.empty()) return false;
  }
  if (auto failure = run.session.back()) return run.fault(failure->message), false;
  return true;
}

Problem problem_of_check(const Run& run, const postgres::Rows& rows, int row) {
  const std::string path = rows.text(row, 0);
  const int line = std::atoi(rows.text(row, 3).c_str());
  Problem problem;
  if (const Defined* defined = run.find(path)) {
    const bool in_body = line > 0 && defined->head.body_end > defined->head.body_begin;
    problem = problem_at(*defined->file, in_body ? defined->body_line(line) : defined->statement->offset, {},
                         defined->statement);
  }
  problem.message = path + ": " + rows.text(row, 2);
  problem.sqlstate = rows.text(row, 1);
  problem.hint = rows.text(row, 4);
  return problem;
}

}  // namespace

void check_bodies(Run& run) {
  for (const char* sql : {"RESET search_path", "SET LOCAL check_function_bodies = on"}) {
    if (auto failure = run.session.run(sql)) return run.fault(failure->message);
  }
  for (const Defined& defined : run.defined) {
    if (!check_body(run, defined)) return;
  }
}

std::optional<Broken> broken_now(Run& run) {
  const auto rows = run.session.rows(kErrors);
  if (!rows) return run.fault(rows.error().message), std::nullopt;
  Broken broken;
  for (int row = 0; row < rows->size(); ++row) broken.emplace(rows->text(row, 0), rows->text(row, 1));
  return broken;
}

void check_exposed(Run& run, const Broken& known, std::vector<Problem>& foreign) {
  const auto rows = run.session.rows(kErrors);
  if (!rows) return run.fault(rows.error().message);
  for (int row = 0; row < rows->size(); ++row) {
    Problem problem = problem_of_check(run, *rows, row);
    if (!problem.file.empty()) {
      run.outcome.problems.push_back(std::move(problem));
    } else if (known.contains({rows->text(row, 0), rows->text(row, 1)})) {
      run.outcome.warnings.push_back(std::move(problem));
    } else {
      problem.hint += std::string(problem.hint.empty() ? "" : " ") +
                      "It is exposed and not in these files; this push would break it.";
      foreign.push_back(std::move(problem));
    }
  }
}

}  // namespace freshet::push
