// Brings a database to what the files of an app say, in one transaction.
#pragma once

#include <functional>
#include <string>

#include "push/outcome.h"
#include "push/source.h"

namespace freshet::push {

struct Rules {
  std::string owner_url;
  std::string app;              // which folder's functions these are, where a database has several
  bool functions_only = false;  // schema.sql is left alone
  bool dry_run = false;         // all is done, shown and taken back
  bool prune = false;           // drop what was pushed once and is not in the files
  std::function<void(const std::string&)> tell = [](const std::string&) {};  // what takes long
};

// With any problem nothing is changed. One push at a time: another waits.
Outcome push(const Source& source, const Rules& rules);

}  // namespace freshet::push
