#include "push/push.h"

#include <memory>
#include <utility>
#include <variant>

#include "app/health.h"
#include "push/checks.h"
#include "push/definitions.h"
#include "push/exposures.h"
#include "push/records.h"
#include "push/run.h"
#include "push/schema.h"

namespace freshet::push {
namespace {

constexpr std::chrono::seconds kConnectTimeout{10};
// Any number that nobody else takes.
constexpr const char* kLock = "7378697629483820";

void refuse_statements(const Source& source, std::vector<Problem>& problems) {
  for (const SourceFile& file : source.files) {
    std::vector<const sqlfile::Statement*> earlier;
    for (const sqlfile::Statement& statement : file.statements) {
      if (const auto refusal = refusal_of(statement, earlier)) {
        Problem problem = problem_at(file, statement.offset, refusal->message, &statement);
        problem.hint = refusal->remedy;
        problems.push_back(std::move(problem));
      }
      earlier.push_back(&statement);
    }
  }
}

// Waits for another push; false: the connection is lost. Held until the session ends: what is planned before
// the transaction must still be so within it.
bool lock(Run& run, const Rules& rules) {
  auto mine = run.session.rows(std::string("SELECT pg_catalog.pg_try_advisory_lock(") + kLock + ")");
  if (!mine) return run.fault(mine.error().message), false;
  if (mine->get(0, 0) == "t") return true;
  rules.tell("another push is under way in this database: waiting for its end");
  auto later = run.session.rows(std::string("SELECT pg_catalog.pg_advisory_lock(") + kLock + ")");
  if (!later) run.fault(later.error().message);
  return later.ok();
}

bool begin(Run& run) {
  for (const char* sql : {"BEGIN ISOLATION LEVEL READ COMMITTED", "SET LOCAL check_function_bodies = off"}) {
    if (auto failure = run.session.run(sql)) return run.fault(postgres::describe(*failure)), false;
  }
  return true;
}

bool has_extension(Run& run) {
  auto rows = run.session.rows("SELECT FROM pg_catalog.pg_extension WHERE extname = 'freshet'");
  if (!rows) return run.fault(rows.error().message), false;
  if (rows->size() == 1) return true;
  Problem problem;
  problem.message = "the extension freshet is not in this database";
  problem.hint = "As a superuser: CREATE EXTENSION freshet (freshet doctor says what else is missing).";
  run.outcome.problems.push_back(std::move(problem));
  return false;
}

// One transaction. `foreign`: what it breaks, or was broken before, and is not of these files.
void attempt(Run& run, const Rules& rules, const SchemaPlan& plan, const Broken& known,
             std::vector<Problem>& foreign) {
  const auto& problems = run.outcome.problems;
  if (!begin(run)) return;
  apply_schema(run, plan);
  if (problems.empty()) apply_definitions(run);
  if (problems.empty()) drop_superseded(run);
  if (problems.empty()) check_bodies(run);
  if (problems.empty()) apply_exposures(run);
  if (problems.empty()) keep_records(run, rules.prune);
  if (problems.empty()) check_exposed(run, known, foreign);
  run.outcome.script = run.session.applied();
  if (!problems.empty() || !foreign.empty() || rules.dry_run) {
    run.session.run("ROLLBACK");
  } else if (auto failure = run.session.run("COMMIT")) {
    run.fault("the transaction could not be committed: " + postgres::describe(*failure));
  } else {
    run.outcome.committed = true;
  }
}

Outcome perform(tools::Database& database, std::vector<postgres::Notice>& notices, const Source& source,
                const Rules& rules) {
  Outcome outcome;
  Session session(database, notices);
  Run run{session, source, rules.app, outcome, {}};
  if (!has_extension(run) || !lock(run, rules)) return outcome;
  const auto plan = rules.functions_only ? SchemaPlan{} : plan_schema(run, rules);
  if (!plan) return outcome;
  std::vector<Problem> foreign;
  attempt(run, rules, *plan, {}, foreign);
  if (!outcome.problems.empty() || foreign.empty()) return outcome;
  // Was it this push that broke them? What the database says now is how it was before.
  const auto before = broken_now(run);
  if (!before) return outcome;
  Outcome again;
  Session anew(database, notices);
  Run second{anew, source, rules.app, again, {}};
  foreign.clear();
  attempt(second, rules, *plan, *before, foreign);
  again.problems.insert(again.problems.end(), foreign.begin(), foreign.end());
  return again;
}

}  // namespace

Outcome push(const Source& source, const Rules& rules) {
  Outcome outcome;
  refuse_statements(source, outcome.problems);
  if (!outcome.problems.empty()) return outcome;
  std::vector<postgres::Notice> notices;
  auto opened = tools::Database::open({rules.owner_url, "freshet push", kConnectTimeout, {}, {}},
                                      [&](const postgres::Notice& notice) { notices.push_back(notice); });
  if (const auto* failure = std::get_if<postgres::Failure>(&opened)) {
    Problem problem;
    problem.message = app::with_remedy(postgres::describe(*failure));
    outcome.problems.push_back(std::move(problem));
    return outcome;
  }
  return perform(*std::get<std::unique_ptr<tools::Database>>(opened), notices, source, rules);
}

}  // namespace freshet::push
