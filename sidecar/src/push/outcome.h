// What a push came to.
#pragma once

#include <string>
#include <vector>

#include "push/problem.h"

namespace freshet::push {

struct Change {
  std::string what;   // created, replaced, dropped, exposed, hidden, schema
  std::string name;   // app.f(id integer), app.f, or the step's SQL
  std::string note;   // "its result changed", "destructive"
  std::string place;  // file:line; empty: no place
};

struct Outcome {
  std::vector<Problem> problems;  // any: nothing was changed
  std::vector<Problem> warnings;
  std::vector<Change> changes;
  std::vector<std::string> removed;  // pushed once, no longer in the files, still there
  std::vector<std::string> script;   // what was run, for a migration
  bool unconfirmed = false;          // the problem is that steps which destroy something were not allowed
  int unchanged = 0;                 // functions
  bool committed = false;
};

}  // namespace freshet::push
