#include "push/definitions.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace freshet::push {
namespace {

using postgres::Failure;
using sqlfile::Statement;

constexpr std::string_view kOrReplace = " OR REPLACE";

struct Pending {
  const SourceFile* file = nullptr;
  const Statement* statement = nullptr;
  const Statement* search_path = nullptr;  // set above it; nullptr: the session's own
};

// What may be there once the others have run: a function, table, type, schema, column.
bool may_come(const Failure& failure) {
  static constexpr std::array kStates = {"42883", "42P01", "42704", "3F000", "42703"};
  return std::find(kStates.begin(), kStates.end(), failure.sqlstate) != kStates.end();
}

bool has_dependents(const Failure& failure) { return failure.sqlstate == "2BP01"; }

std::string difference(const KnownFunction& before, const KnownFunction& now) {
  if (before.result != now.result) return "its result changed";
  if (before.shown != now.shown) return "its arguments changed";
  return "";
}

class Definitions {
 public:
  explicit Definitions(Run& run) : run_(run) {}

  void apply() {
    std::vector<Pending> pending = collect();
    while (!pending.empty() && !lost_) {
      std::vector<Pending> later;
      std::vector<Problem> problems;
      for (const Pending& one : pending) {
        std::optional<Problem> problem = one_of(one);
        if (lost_) {
          if (problem && run_.outcome.problems.empty()) run_.outcome.problems.push_back(*problem);
          return;
        }
        if (!problem) continue;
        problems.push_back(std::move(*problem));
        if (retry_)
          later.push_back(one);
        else
          final_.push_back(problems.back());
      }
      const bool none_came = later.size() == pending.size() || later.empty();
      if (none_came) {
        // What failed for good comes first; what waited for it may be its consequence.
        auto& into = run_.outcome.problems;
        into.insert(into.end(), final_.begin(), final_.end());
        if (!later.empty()) into.insert(into.end(), problems.begin(), problems.end());
        return;
      }
      pending = std::move(later);
    }
    run_.outcome.problems.insert(run_.outcome.problems.end(), final_.begin(), final_.end());
  }

 private:
  std::vector<Pending> collect() const {
    std::vector<Pending> pending;
    for (const SourceFile& file : run_.source.files) {
      const Statement* search_path = nullptr;
      for (const Statement& statement : file.statements) {
        const StatementKind kind = kind_of(statement);
        if (kind == StatementKind::kSearchPath) search_path = &statement;
        if (kind == StatementKind::kFunction || kind == StatementKind::kDefinition)
          pending.push_back({&file, &statement, search_path});
      }
    }
    return pending;
  }

  // Nothing: it was applied, or is as it was.
  std::optional<Problem> one_of(const Pending& one) {
    retry_ = false;
    run_.session.take_notices();
    if (auto problem = set_search_path(one)) return problem;
    const auto head = function_head(*one.statement);
    return head ? function(one, *head) : other(one);
  }

  std::optional<Problem> set_search_path(const Pending& one) {
    if (search_path_ == one.search_path) return std::nullopt;
    const std::string sql = one.search_path == nullptr ? "RESET search_path" : one.search_path->text;
    if (auto failure = run_.session.apply(sql)) return failed(*failure, one);
    search_path_ = one.search_path;
    return std::nullopt;
  }

  std::optional<Problem> other(const Pending& one) {
    if (auto failure = run_.session.mark()) return failed(*failure, one);
    if (auto failure = run_.session.apply(one.statement->text)) return taken_back(*failure, one);
    if (auto failure = run_.session.release()) return failed(*failure, one);
    take_notices(run_, *one.file, *one.statement);
    return std::nullopt;
  }

  std::optional<Problem> function(const Pending& one, const FunctionHead& head) {
    const auto before = functions_named(run_.session, head.schema, head.name);
    if (!before) return lost(before.error().message);
    const std::size_t inserted = head.replaces ? 0 : kOrReplace.size();
    const std::string text = head.replaces
                                 ? one.statement->text
                                 : one.statement->text.substr(0, head.create_end) + std::string(kOrReplace) +
                                       one.statement->text.substr(head.create_end);
    if (auto failure = run_.session.mark()) return failed(*failure, one);
    std::optional<KnownFunction> replaced;
    if (auto failure = run_.session.apply(text)) {
      // "Cannot change return type", "… name of input parameter", "… routine kind".
      if (failure->sqlstate != "42P13" && failure->sqlstate != "42809")
        return taken_back(*failure, one, head.create_end, inserted);
      if (auto back = run_.session.back()) return failed(*back, one);
      const auto old = replaced_by(run_.session, head, *one.statement);
      if (!old) return lost(old.error().message);
      if (old->empty()) return failed(*failure, one, head.create_end, inserted);
      replaced = old->front();
      if (auto marked = run_.session.mark()) return failed(*marked, one);
      if (auto refused = run_.session.apply("DROP " + replaced->kind + " " + replaced->signature)) {
        Problem problem = *taken_back(*refused, one);
        if (has_dependents(*refused)) {
          problem.message = replaced->shown +
                            " has another result or other names of arguments now, so it has to be "
                            "dropped and made anew; but other objects depend on it";
          problem.hint =
              "Drop them in your own migration or with psql, push, and make them again; or give the new "
              "function another name.";
        }
        return problem;
      }
      if (auto again = run_.session.apply(text)) return taken_back(*again, one, head.create_end, inserted);
    }
    const auto after = functions_named(run_.session, head.schema, head.name);
    if (!after) return lost(after.error().message);
    return settle(one, head, *before, *after, replaced);
  }

  // Which function it is now, and whether it differs from what was there.
  std::optional<Problem> settle(const Pending& one, const FunctionHead& head,
                                const std::vector<KnownFunction>& before,
                                const std::vector<KnownFunction>& after,
                                const std::optional<KnownFunction>& replaced) {
    const auto made = std::find_if(after.begin(), after.end(), [&](const KnownFunction& known) {
      return std::none_of(before.begin(), before.end(),
                          [&](const KnownFunction& old) { return old.version == known.version; });
    });
    if (made == after.end())
      return lost("the function that " + place_text(*one.file, *one.statement) +
                  " creates was not found again");
    if (const Defined* twice = twin(*made)) {
      Problem problem =
          problem_at(*one.file, one.statement->offset, made->shown + " is defined twice", one.statement);
      problem.detail = "It is also at " + place_text(*twice->file, *twice->statement) + ".";
      if (auto failure = run_.session.back()) return failed(*failure, one);
      return problem;
    }
    Defined defined{one.file, one.statement, head, *made, replaced.has_value(), false};
    const auto old = std::find_if(before.begin(), before.end(),
                                  [&](const KnownFunction& known) { return known.oid == made->oid; });
    if (replaced) {
      defined.set_changed = replaced->is_set != made->is_set;
      if (auto failure = take_over(run_.session, *replaced, *made)) return taken_back(*failure, one);
      changed(one, "replaced", *made, difference(*replaced, *made));
    } else if (old == before.end()) {
      changed(one, "created", *made, "");
    } else if (old->definition != made->definition) {
      changed(one, "replaced", *made, "");
    } else {
      // The same as it was: as if it had not been run.
      defined.now = *old;
      ++run_.outcome.unchanged;
      run_.defined.push_back(std::move(defined));
      if (auto failure = run_.session.back()) return failed(*failure, one);
      return std::nullopt;
    }
    run_.defined.push_back(std::move(defined));
    if (auto failure = run_.session.release()) return failed(*failure, one);
    take_notices(run_, *one.file, *one.statement);
    return std::nullopt;
  }

  const Defined* twin(const KnownFunction& made) const {
    const auto found = std::find_if(run_.defined.begin(), run_.defined.end(), [&](const Defined& other) {
      return other.now.signature == made.signature;
    });
    return found == run_.defined.end() ? nullptr : &*found;
  }

  void changed(const Pending& one, const char* what, const KnownFunction& function, std::string note) {
    run_.outcome.changes.push_back(
        {what, function.shown, std::move(note), place_text(*one.file, *one.statement)});
  }

  std::optional<Problem> failed(const Failure& failure, const Pending& one, std::size_t inserted_at = 0,
                                std::size_t inserted = 0) {
    if (failure.sqlstate.empty()) lost_ = true;
    retry_ = may_come(failure);
    return problem_of(failure, *one.file, *one.statement, inserted_at, inserted);
  }

  std::optional<Problem> taken_back(const Failure& failure, const Pending& one, std::size_t inserted_at = 0,
                                    std::size_t inserted = 0) {
    Problem problem = *failed(failure, one, inserted_at, inserted);
    if (!lost_) {
      if (auto back = run_.session.back()) return lost(back->message);
    }
    return problem;
  }

  std::optional<Problem> lost(const std::string& message) {
    lost_ = true;
    Problem problem;
    problem.message = message;
    return problem;
  }

  Run& run_;
  const Statement* search_path_ = nullptr;
  bool retry_ = false;  // what just failed may succeed later
  bool lost_ = false;
  std::vector<Problem> final_;
};

}  // namespace

void apply_definitions(Run& run) { Definitions(run).apply(); }

void drop_superseded(Run& run) {
  std::string kept;
  for (const Defined& defined : run.defined) kept += (kept.empty() ? "{" : ",") + defined.now.oid;
  kept += kept.empty() ? "{}" : "}";
  for (Defined& defined : run.defined) {
    const auto stale = superseded(run.session, defined.now, run.app, kept);
    if (!stale) return run.fault(stale.error().message);
    for (const KnownFunction& old : *stale) {
      if (auto failure = run.session.apply("DROP " + old.kind + " " + old.signature)) {
        Problem problem = problem_of(*failure, *defined.file, *defined.statement);
        problem.message = "the arguments of " + defined.now.path + " changed, so " + old.shown +
                          " has to be dropped: " + failure->message;
        run.outcome.problems.push_back(std::move(problem));
        return;
      }
      if (auto failure = take_over(run.session, old, defined.now))
        return run.fault(postgres::describe(*failure));
      defined.was_replaced = true;
      defined.set_changed = defined.set_changed || old.is_set != defined.now.is_set;
      run.outcome.changes.push_back({"dropped", old.shown, "its arguments changed", ""});
    }
  }
}

}  // namespace freshet::push
