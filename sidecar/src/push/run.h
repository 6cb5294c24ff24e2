// What the steps of one push share.
#pragma once

#include <string>
#include <vector>

#include "push/known_function.h"
#include "push/outcome.h"
#include "push/session.h"
#include "push/source.h"
#include "push/statement_kind.h"

namespace freshet::push {

// A function that the files define, after it was made sure of.
struct Defined {
  const SourceFile* file = nullptr;
  const sqlfile::Statement* statement = nullptr;
  FunctionHead head;
  KnownFunction now;
  bool was_replaced = false;  // dropped and created: what hangs on it is to be given to it again
  bool set_changed = false;   // from one row to many, or back

  // Where a line of its body (from 1) is in the file.
  std::size_t body_line(int line) const;
};

struct Run {
  Session& session;
  const Source& source;
  const std::string& app;
  Outcome& outcome;
  std::vector<Defined> defined;

  const Defined* find(const std::string& path) const;
  // The database itself failed, not a statement of the files.
  void fault(const std::string& message);
};

// A statement that failed, with its place. `inserted` bytes at `inserted_at` of what was sent are not in the
// file.
Problem problem_of(const postgres::Failure& failure, const SourceFile& file,
                   const sqlfile::Statement& statement, std::size_t inserted_at = 0,
                   std::size_t inserted = 0);
// A body that was found wrong after its statement had run.
Problem body_problem_of(const postgres::Failure& failure, const Defined& defined);

// A notice of a statement as a warning; nothing where it is no news.
void take_notices(Run& run, const SourceFile& file, const sqlfile::Statement& statement);

std::string place_text(const SourceFile& file, const sqlfile::Statement& statement);

}  // namespace freshet::push
