#include "push/schema_diff.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <variant>

#include "push/conninfo.h"
#include "push/definitions.h"
#include "push/diff_tool.h"
#include "push/scratch.h"

namespace freshet::push {
namespace {

using sqlfile::Statement;

// Schemas of the database that the scratch database does not have, or has nothing in where every database has
// one.
constexpr const char* kSchemas = R"(
SELECT coalesce(pg_catalog.json_agg(n.nspname), '[]') FROM pg_catalog.pg_namespace n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (n.nspname <> 'public' OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))))";

class SchemaDiff {
 public:
  SchemaDiff(Run& run, const Rules& rules) : run_(run), rules_(rules), file_(run.source.schema.front()) {}

  std::optional<std::vector<SchemaStep>> find(const std::string& before) {
    if (!open()) return std::nullopt;
    std::vector<SchemaStep> steps;
    if (!declare() || !make_unknown(before, steps)) return std::nullopt;
    auto found = compare();
    if (!found || !define()) return std::nullopt;
    const std::set<std::string> declared = declared_functions();
    for (std::size_t i = 0; i < found->size(); ++i) {
      SchemaStep step = schema_step((*found)[i]);
      if (step.sql.empty()) continue;
      const auto read = sqlfile::split_script(step.sql);
      const auto* statements = std::get_if<std::vector<Statement>>(&read);
      if (statements == nullptr || statements->empty()) continue;
      const Statement& statement = statements->front();
      if (statement.is(0, "set") || !concerns_us(statement, declared, *found, i)) continue;
      steps.push_back(std::move(step));
    }
    if (!run_.outcome.problems.empty()) return std::nullopt;
    return steps;
  }

 private:
  bool fail(const base::Error& error) {
    Problem problem;
    problem.file = file_.path;
    problem.message = error.message;
    run_.outcome.problems.push_back(std::move(problem));
    return false;
  }

  bool open() {
    auto scratch =
        Scratch::make(rules_.scratch_url.empty() ? rules_.owner_url : rules_.scratch_url, rules_.owner_url);
    if (!scratch) return fail(scratch.error());
    scratch_ = *std::move(scratch);
    auto opened = tools::Database::open(
        {scratch_->owner_url(), "freshet push, scratch", std::chrono::seconds(10), {}, {}},
        [&](const postgres::Notice&) {});
    if (const auto* failure = std::get_if<postgres::Failure>(&opened))
      return fail(base::Error(base::ErrorCode::kOverloaded, postgres::describe(*failure)));
    database_ = std::get<std::unique_ptr<tools::Database>>(std::move(opened));
    session_.emplace(*database_, notices_);
    return true;
  }

  // What schema.sql says, where nothing was before.
  bool declare() {
    if (auto failure = session_->run("SET check_function_bodies = off"))
      return fail(base::Error(base::ErrorCode::kInternal, failure->message));
    for (const Statement& statement : file_.statements) {
      if (auto failure = session_->run(statement.text)) {
        run_.outcome.problems.push_back(problem_of(*failure, file_, statement));
        return false;
      }
    }
    return true;
  }

  // What the diff tool does not know, and was not there at the last push.
  bool make_unknown(const std::string& before, std::vector<SchemaStep>& steps) {
    const auto read = sqlfile::split_script(before);
    std::set<std::string> known;
    if (const auto* statements = std::get_if<std::vector<Statement>>(&read)) {
      for (const Statement& statement : *statements) known.insert(statement.text);
    }
    for (const Statement& statement : file_.statements) {
      const std::string kind = unknown_to_diff(statement);
      if (kind.empty() || known.contains(statement.text)) continue;
      if (kind == "domain" &&
          !is_there("SELECT pg_catalog.to_regtype($1) IS NOT NULL", domain_name(statement), run_.session)) {
        steps.push_back({statement.text, ""});
        continue;
      }
      Problem problem = problem_at(
          file_, statement.offset,
          "what a new or changed " + kind + " means for the database is not found out here", &statement);
      problem.hint =
          "Make the change in the database with psql or a migration of your own, and push with "
          "--functions-only; or move the statement "
          "to a function file, as a pair of DROP … IF EXISTS and CREATE.";
      run_.outcome.problems.push_back(std::move(problem));
    }
    return run_.outcome.problems.empty();
  }

  static std::string domain_name(const Statement& statement) {
    const std::size_t begin = statement.tokens[2].begin;
    const bool qualified = statement.is(3, ".") && statement.tokens.size() > 4;
    return statement.text.substr(begin, statement.tokens[qualified ? 4 : 2].end - begin);
  }

  bool is_there(const std::string& sql, const std::string& name, Session& session) const {
    const auto rows = session.rows(sql, {name});
    return rows.ok() && rows->size() > 0 && rows->get(0, 0) == "t";
  }

  std::optional<std::vector<std::string>> compare() {
    const auto from = whole_uri(rules_.owner_url, database_name());
    const auto to = whole_uri(rules_.owner_url, scratch_->name());
    if (!from) return fail(from.error()), std::nullopt;
    if (!to) return fail(to.error()), std::nullopt;
    const auto ours = session_->rows(kSchemas);
    if (!ours) return fail(ours.error()), std::nullopt;
    const auto excluded = run_.session.rows(
        "SELECT coalesce(pg_catalog.json_agg(n.nspname), '[]') FROM pg_catalog.pg_namespace n"
        " WHERE n.nspname = 'freshet' OR n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
        " AND NOT EXISTS (SELECT FROM pg_catalog.json_array_elements_text($1::json) o WHERE o.value = "
        "n.nspname)",
        {ours->text(0, 0)});
    if (!excluded) return fail(excluded.error()), std::nullopt;
    auto found = differences(rules_.folder, *from, *to, excluded->text(0, 0));
    if (!found) return fail(found.error()), std::nullopt;
    return *std::move(found);
  }

  std::string database_name() {
    const auto rows = run_.session.rows("SELECT pg_catalog.current_database()");
    return rows ? rows->text(0, 0) : "";
  }

  // What the function files make besides, so that it is known what is not to be dropped.
  bool define() {
    Source source = run_.source;
    Outcome outcome;
    Run inside{*session_, source, run_.app, outcome, {}};
    if (auto failure = session_->run("BEGIN"))
      return fail(base::Error(base::ErrorCode::kInternal, failure->message));
    apply_definitions(inside);
    auto& into = run_.outcome.problems;
    into.insert(into.end(), outcome.problems.begin(), outcome.problems.end());
    return outcome.problems.empty();
  }

  std::set<std::string> declared_functions() const {
    std::set<std::string> names;
    for (const Statement& statement : file_.statements) {
      if (const auto head = function_head(statement)) names.insert(head->name);
    }
    return names;
  }

  bool concerns_us(const Statement& statement, const std::set<std::string>& declared,
                   const std::vector<std::string>& all, std::size_t index) {
    if (const auto head = function_head(statement)) return declared.contains(head->name);
    const Dropped dropped = dropped_by(statement);
    if (dropped.kind.empty()) return true;
    if (dropped.kind == "extension" || dropped.kind == "schema") return false;
    if (dropped.kind == "function" || dropped.kind == "procedure" || dropped.kind == "aggregate") {
      // It makes room for another one.
      return std::any_of(all.begin() + static_cast<std::ptrdiff_t>(index) + 1, all.end(),
                         [&](const std::string& later) {
                           const auto read = sqlfile::split_script(later);
                           const auto* statements = std::get_if<std::vector<Statement>>(&read);
                           const auto head = statements != nullptr && !statements->empty()
                                                 ? function_head(statements->front())
                                                 : std::nullopt;
                           return head && declared.contains(head->name) &&
                                  dropped.name.find(head->name) != std::string::npos;
                         });
    }
    return !made_by_files(dropped);
  }

  bool made_by_files(const Dropped& dropped) {
    if (dropped.kind == "trigger" || dropped.kind == "policy") {
      const auto read = sqlfile::split_script(dropped.name);
      const auto* names = std::get_if<std::vector<Statement>>(&read);
      if (names == nullptr || names->empty()) return false;
      const auto rows = session_->rows(dropped.kind == "trigger"
                                           ? "SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE "
                                             "t.tgrelid = pg_catalog.to_regclass($1) AND t.tgname = $2)"
                                           : "SELECT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE "
                                             "p.polrelid = pg_catalog.to_regclass($1) AND p.polname = $2)",
                                       {dropped.table, names->front().value(0)});
      return rows.ok() && rows->get(0, 0) == "t";
    }
    if (dropped.kind == "type" || dropped.kind == "domain")
      return is_there("SELECT pg_catalog.to_regtype($1) IS NOT NULL", dropped.name, *session_);
    return is_there("SELECT pg_catalog.to_regclass($1) IS NOT NULL", dropped.name, *session_);
  }

  Run& run_;
  const Rules& rules_;
  const SourceFile& file_;
  std::unique_ptr<Scratch> scratch_;  // outlives the sessions in it
  std::unique_ptr<tools::Database> database_;
  std::vector<postgres::Notice> notices_;
  std::optional<Session> session_;
};

}  // namespace

std::optional<std::vector<SchemaStep>> schema_differences(Run& run, const Rules& rules,
                                                          const std::string& before) {
  return SchemaDiff(run, rules).find(before);
}

}  // namespace freshet::push
