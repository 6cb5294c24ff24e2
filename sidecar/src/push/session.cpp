#include "push/session.h"

#include <utility>

namespace freshet::push {

base::Result<postgres::Rows> Session::rows(const std::string& sql,
                                           const tools::Database::Parameters& parameters) {
  auto answer = database_.ask(sql, parameters);
  if (auto* failure = std::get_if<postgres::Failure>(&answer))
    return base::Error(base::ErrorCode::kInternal, postgres::describe(*failure));
  return std::get<postgres::Rows>(std::move(answer));
}

std::optional<postgres::Failure> Session::apply(const std::string& sql) {
  auto failure = run(sql);
  if (!failure) applied_.push_back(sql);
  return failure;
}

std::optional<postgres::Failure> Session::mark() {
  marks_.push_back(applied_.size());
  return run("SAVEPOINT freshet_push");
}

std::optional<postgres::Failure> Session::back() {
  applied_.resize(marks_.back());
  marks_.pop_back();
  if (auto failure = run("ROLLBACK TO SAVEPOINT freshet_push")) return failure;
  return run("RELEASE SAVEPOINT freshet_push");
}

std::optional<postgres::Failure> Session::release() {
  marks_.pop_back();
  return run("RELEASE SAVEPOINT freshet_push");
}

}  // namespace freshet::push
