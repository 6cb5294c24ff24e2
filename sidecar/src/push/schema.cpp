#include "push/schema.h"

#include <openssl/sha.h>

#include <array>
#include <utility>

#include "base/encoding.h"

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

std::string digest_of(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> bytes{};
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data());
  return base::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

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

}  // namespace

std::optional<SchemaPlan> plan_schema(Run& run) {
  if (run.source.schema.empty()) return SchemaPlan{};
  const SourceFile& file = run.source.schema.front();
  if (refuse(run, file)) return std::nullopt;
  SchemaPlan plan;
  plan.digest = digest_of(file.text);
  const auto known = run.session.rows(
      "SELECT FROM freshet.pushed_schema WHERE pushed_by = current_user AND app = $1 AND digest = "
      "pg_catalog.decode($2, 'hex')",
      {run.app, plan.digest});
  if (!known) return run.fault(known.error().message), std::nullopt;
  if (known->size() > 0) return SchemaPlan{};
  const auto holds = run.session.rows(kHoldsSomething);
  if (!holds) return run.fault(holds.error().message), std::nullopt;
  plan.first = holds->get(0, 0) == "f";
  return plan;
}

void apply_schema(Run& run, const SchemaPlan& plan) {
  if (plan.digest.empty()) return;
  const SourceFile& file = run.source.schema.front();
  if (plan.first) {
    for (const Statement& statement : file.statements) {
      run.session.take_notices();
      if (auto failure = run.session.apply(statement.text)) {
        run.outcome.problems.push_back(problem_of(*failure, file, statement));
        return;
      }
      take_notices(run, file, statement);
    }
    run.outcome.changes.push_back({"created", "what schema.sql declares", "", file.path});
    if (auto failure = run.session.run("RESET search_path")) return run.fault(failure->message);
  }
  const auto recorded = run.session.rows(
      "INSERT INTO freshet.pushed_schema (app, digest) VALUES ($1, pg_catalog.decode($2, 'hex'))"
      " ON CONFLICT (pushed_by, app) DO UPDATE SET digest = excluded.digest",
      {run.app, plan.digest});
  if (!recorded) run.fault(recorded.error().message);
}

}  // namespace freshet::push
