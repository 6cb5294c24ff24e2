#include "push/exposures.h"

#include <cstdlib>
#include <map>
#include <set>
#include <utility>

namespace freshet::push {
namespace {

using postgres::Failure;
using sqlfile::Statement;

using Options = std::map<std::string, std::string>;  // by path

base::Result<Options> exposures(Session& session) {
  auto rows = session.rows("SELECT x.path, x.options::text FROM freshet.exposures() x");
  if (!rows) return std::move(rows).error();
  Options options;
  for (int row = 0; row < rows->size(); ++row) options[rows->text(row, 0)] = rows->text(row, 1);
  return options;
}

base::Result<std::string> digest(Session& session) {
  auto rows = session.rows(
      "SELECT coalesce(pg_catalog.md5(pg_catalog.string_agg(x.path || x.options::text, ' ' ORDER BY "
      "x.path)), '')"
      " FROM freshet.exposures() x");
  if (!rows) return std::move(rows).error();
  return rows->text(0, 0);
}

// "… (line 3 of the body)": what is wrong with a function that is exposed, told with its own line.
int line_of_body(const std::string& message) {
  const std::size_t at = message.rfind("(line ");
  return at == std::string::npos || !message.ends_with(" of the body)") ? 0
                                                                        : std::atoi(message.c_str() + at + 6);
}

class Exposures {
 public:
  explicit Exposures(Run& run) : run_(run) {}

  void apply() {
    auto before = digest(run_.session);
    if (!before) return run_.fault(before.error().message);
    digest_ = *std::move(before);
    auto options = exposures(run_.session);
    if (!options) return run_.fault(options.error().message);
    options_ = *std::move(options);
    const Options original = options_;
    for (const SourceFile& file : run_.source.files) {
      const Statement* search_path = nullptr;
      for (const Statement& statement : file.statements) {
        const StatementKind kind = kind_of(statement);
        if (kind == StatementKind::kSearchPath) search_path = &statement;
        if (kind != StatementKind::kExposure && kind != StatementKind::kSelect) continue;
        if (!set_search_path(file, search_path)) return;
        if (!one(file, statement, kind == StatementKind::kExposure)) return;
      }
    }
    if (run_.outcome.problems.empty()) keep(original);
  }

 private:
  bool set_search_path(const SourceFile& file, const Statement* wanted) {
    if (search_path_ == wanted) return true;
    search_path_ = wanted;
    auto failure = run_.session.apply(wanted == nullptr ? "RESET search_path" : wanted->text);
    if (failure && wanted != nullptr) run_.outcome.problems.push_back(problem_of(*failure, file, *wanted));
    return !failure;
  }

  // False: the push cannot go on.
  bool one(const SourceFile& file, const Statement& statement, bool idempotent) {
    run_.session.take_notices();
    if (auto failure = run_.session.mark()) return lost(failure->message);
    if (auto failure = run_.session.apply(statement.text)) {
      run_.outcome.problems.push_back(problem(*failure, file, statement));
      if (failure->sqlstate.empty()) return false;
      auto back = run_.session.back();
      return !back || lost(back->message);
    }
    auto now = digest(run_.session);
    if (!now) return lost(now.error().message);
    const bool same = *now == std::exchange(digest_, *now);
    if (same && idempotent) {
      auto back = run_.session.back();
      return !back || lost(back->message);
    }
    if (auto failure = run_.session.release()) return lost(failure->message);
    take_notices(run_, file, statement);
    return same || tell(place_text(file, statement));
  }

  // What the statement exposed, changed or hid.
  bool tell(const std::string& place) {
    auto now = exposures(run_.session);
    if (!now) return lost(now.error().message);
    for (const auto& [path, options] : *now) {
      const auto known = options_.find(path);
      if (known == options_.end()) {
        run_.outcome.changes.push_back({"exposed", path, "", place});
      } else if (known->second != options) {
        run_.outcome.changes.push_back({"exposed", path, "with other options", place});
      }
    }
    for (const auto& [path, options] : options_) {
      if (!now->contains(path)) run_.outcome.changes.push_back({"hidden", path, "", place});
    }
    options_ = *std::move(now);
    return true;
  }

  Problem problem(const Failure& failure, const SourceFile& file, const Statement& statement) const {
    Problem problem = problem_of(failure, file, statement);
    const int line = line_of_body(failure.message);
    const Defined* defined = nullptr;
    for (const Defined& one : run_.defined) {
      if (statement.text.find("'" + one.now.path + "'") != std::string::npos) defined = &one;
    }
    if (line == 0 || defined == nullptr) return problem;
    Problem placed = problem_at(*defined->file, defined->body_line(line), problem.message, &statement);
    placed.sqlstate = problem.sqlstate;
    placed.detail = problem.detail;
    placed.hint = problem.hint;
    return placed;
  }

  void keep(const Options& original) {
    for (const Defined& defined : run_.defined) {
      const auto known = options_.find(defined.now.path);
      if (!defined.was_replaced || known == options_.end()) continue;
      const auto before = original.find(defined.now.path);
      // The files exposed it themselves, with other arguments: nothing of the old exposure is left.
      if (before == original.end() || before->second != known->second) continue;
      const std::string sql = "SELECT freshet.expose_again(" + quoted_text(defined.now.path) +
                              (defined.set_changed ? ", keep_cardinality => false)" : ")");
      if (auto failure = run_.session.apply(sql)) {
        Problem problem = problem_of(*failure, *defined.file, *defined.statement);
        problem.message = "with the options that it is exposed with, " + defined.now.path +
                          " cannot be exposed as it is now: " + failure->message;
        if (problem.hint.empty())
          problem.hint = "Write SELECT freshet.expose('" + defined.now.path + "', …) into the file.";
        run_.outcome.problems.push_back(std::move(problem));
        return;
      }
    }
  }

  bool lost(const std::string& message) {
    run_.fault(message);
    return false;
  }

  Run& run_;
  std::string digest_;
  Options options_;
  const Statement* search_path_ = nullptr;
};

}  // namespace

void apply_exposures(Run& run) {
  // The definitions may have left another one.
  if (auto failure = run.session.run("RESET search_path")) return run.fault(failure->message);
  Exposures(run).apply();
}

}  // namespace freshet::push
