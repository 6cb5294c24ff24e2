#include "push/schema.h"

#include <algorithm>
#include <utility>

#include "push/schema_diff.h"

namespace freshet::push {
namespace {

using sqlfile::Statement;

// What people made: tables, views, sequences and types that no extension brought.
constexpr const char* kHoldsSomething = R"(
SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                    AND d.objid = c.oid AND d.deptype = 'e'))
    OR EXISTS (SELECT FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND t.typtype IN ('e', 'd')
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
                                    AND d.objid = t.oid AND d.deptype = 'e')))";

bool refuse(Run& run, const SourceFile& file) {
  for (const Statement& statement : file.statements) {
    const auto refusal = schema_refusal_of(statement);
    if (!refusal) continue;
    Problem problem = problem_at(file, statement.offset, refusal->message, &statement);
    problem.hint = refusal->remedy;
    run.outcome.problems.push_back(std::move(problem));
  }
  return !run.outcome.problems.empty();
}

bool is_allowed(Run& run, const Rules& rules, const SchemaPlan& plan) {
  const auto harms = std::count_if(plan.steps.begin(), plan.steps.end(),
                                   [](const SchemaStep& step) { return !step.harm.empty(); });
  if (harms == 0 || rules.allow_destructive || rules.dry_run) return true;
  if (rules.confirm && rules.confirm(plan.steps)) return true;
  Problem problem;
  problem.file = run.source.schema.front().path;
  problem.message = "the tables would be changed in a way that destroys something, which was not confirmed";
  for (const SchemaStep& step : plan.steps) {
    if (!step.harm.empty())
      problem.detail += (problem.detail.empty() ? "" : "\n") + step.sql + ";  -- " + step.harm;
  }
  problem.hint =
      "--yes-destructive allows it; --dry-run shows all steps. What was renamed looks as if it were dropped "
      "and made: rename it with ALTER … RENAME "
      "in psql first.";
  run.outcome.problems.push_back(std::move(problem));
  run.outcome.unconfirmed = true;
  return false;
}

bool run_file(Run& run, const SourceFile& file) {
  for (const Statement& statement : file.statements) {
    run.session.take_notices();
    if (auto failure = run.session.apply(statement.text)) {
      run.outcome.problems.push_back(problem_of(*failure, file, statement));
      return false;
    }
    take_notices(run, file, statement);
  }
  run.outcome.changes.push_back({"created", "what schema.sql declares", "", file.path});
  return true;
}

bool run_steps(Run& run, const SourceFile& file, const SchemaPlan& plan) {
  for (const SchemaStep& step : plan.steps) {
    if (auto failure = run.session.apply(step.sql)) {
      Problem problem;
      problem.file = file.path;
      problem.message = "a step towards what it declares failed: " + failure->message;
      problem.sqlstate = failure->sqlstate;
      problem.statement = step.sql;
      problem.detail = failure->detail;
      const bool labels = step.sql.find("__old_version_to_be_dropped") != std::string::npos;
      problem.hint = failure->hint + (failure->hint.empty() ? "" : " ") +
                     (labels ? "New labels of an enum that functions or views use: add them with ALTER TYPE "
                               "… ADD VALUE in psql. "
                             : "") +
                     "Where no plain step leads there, change the table in psql or a migration of your own, "
                     "and push again.";
      run.outcome.problems.push_back(std::move(problem));
      return false;
    }
    run.outcome.changes.push_back({"schema", step.sql, step.harm, ""});
  }
  for (const Statement& statement : file.statements) {
    if (!is_beyond_diff(statement)) continue;
    if (auto failure = run.session.apply(statement.text)) {
      run.outcome.problems.push_back(problem_of(*failure, file, statement));
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<SchemaPlan> plan_schema(Run& run, const Rules& rules) {
  if (run.source.schema.empty()) return SchemaPlan{};
  const SourceFile& file = run.source.schema.front();
  if (refuse(run, file)) return std::nullopt;
  const auto known = run.session.rows(
      "SELECT content FROM freshet.pushed_schema WHERE pushed_by = current_user AND app = $1", {run.app});
  if (!known) return run.fault(known.error().message), std::nullopt;
  const std::string before = known->size() > 0 ? known->text(0, 0) : "";
  if (known->size() > 0 && before == file.text) return SchemaPlan{};
  SchemaPlan plan;
  plan.is_new = true;
  const auto holds = run.session.rows(kHoldsSomething);
  if (!holds) return run.fault(holds.error().message), std::nullopt;
  plan.first = holds->get(0, 0) == "f";
  if (plan.first) return plan;
  rules.tell("schema.sql has changed: finding out what that means for the tables");
  auto steps = schema_differences(run, rules, before);
  if (!steps) return std::nullopt;
  plan.steps = *std::move(steps);
  if (!is_allowed(run, rules, plan)) return std::nullopt;
  return plan;
}

void apply_schema(Run& run, const SchemaPlan& plan) {
  if (!plan.is_new) return;
  const SourceFile& file = run.source.schema.front();
  if (plan.first ? !run_file(run, file) : !run_steps(run, file, plan)) return;
  if (auto failure = run.session.run("RESET search_path")) return run.fault(failure->message);
  // A role that may not record it compares each time.
  const auto recorded = run.session.rows(
      "INSERT INTO freshet.pushed_schema (app, content)"
      " SELECT $1, $2 WHERE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')"
      " ON CONFLICT (pushed_by, app) DO UPDATE SET content = excluded.content",
      {run.app, file.text});
  if (!recorded) run.fault(recorded.error().message);
}

}  // namespace freshet::push
