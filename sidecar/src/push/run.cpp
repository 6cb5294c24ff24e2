#include "push/run.h"

#include <algorithm>
#include <utility>

namespace freshet::push {
namespace {

using postgres::Failure;
using sqlfile::Statement;

Problem filled(Problem problem, const Failure& failure) {
  problem.sqlstate = failure.sqlstate;
  problem.detail = failure.detail;
  problem.hint = failure.hint;
  problem.context = failure.context;
  return problem;
}

}  // namespace

std::size_t Defined::body_line(int line) const {
  std::size_t at = statement->offset + head.body_begin;
  for (; line > 1; --line) {
    const std::size_t newline = file->text.find('\n', at);
    if (newline == std::string::npos) break;
    at = newline + 1;
  }
  // The first line of a body is mostly empty: what is meant by it is the next word.
  return std::min(file->text.find_first_not_of(" \t", at), file->text.size());
}

const Defined* Run::find(const std::string& path) const {
  const auto found =
      std::find_if(defined.begin(), defined.end(), [&](const Defined& one) { return one.now.path == path; });
  return found == defined.end() ? nullptr : &*found;
}

void Run::fault(const std::string& message) {
  Problem problem;
  problem.message = message;
  outcome.problems.push_back(std::move(problem));
}

Problem problem_of(const Failure& failure, const SourceFile& file, const Statement& statement,
                   std::size_t inserted_at, std::size_t inserted) {
  std::size_t offset = 0;
  if (failure.position > 0) {
    const std::string sent = statement.text.substr(0, inserted_at) + std::string(inserted, ' ') +
                             statement.text.substr(inserted_at);
    offset = sqlfile::byte_of_character(sent, failure.position);
    if (offset >= inserted_at + inserted) offset -= inserted;
  }
  return filled(problem_at(file, statement.offset + offset, failure.message, &statement), failure);
}

Problem body_problem_of(const Failure& failure, const Defined& defined) {
  const Statement& statement = *defined.statement;
  std::size_t offset = statement.offset;
  const std::string body =
      statement.text.substr(defined.head.body_begin, defined.head.body_end - defined.head.body_begin);
  if (!body.empty()) {
    // A statement inside of a body is told with its own text.
    const std::size_t found =
        failure.internal_query.empty() ? std::string::npos : body.find(failure.internal_query);
    if (failure.internal_position > 0 && found != std::string::npos) {
      offset += defined.head.body_begin + found +
                sqlfile::byte_of_character(failure.internal_query, failure.internal_position);
    } else {
      offset += defined.head.body_begin;
    }
  }
  Problem problem = filled(problem_at(*defined.file, offset, failure.message, &statement), failure);
  return problem;
}

void take_notices(Run& run, const SourceFile& file, const Statement& statement) {
  for (const postgres::Notice& notice : run.session.take_notices()) {
    if (notice.message.ends_with(", skipping")) continue;
    Problem warning = problem_at(file, statement.offset, notice.message, &statement);
    warning.detail = notice.detail;
    warning.hint = notice.hint;
    run.outcome.warnings.push_back(std::move(warning));
  }
}

std::string place_text(const SourceFile& file, const Statement& statement) {
  return file.path + ":" + std::to_string(statement.line);
}

}  // namespace freshet::push
