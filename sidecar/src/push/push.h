// Brings a database to what the files of an app say, in one transaction.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "push/outcome.h"
#include "push/schema_step.h"
#include "push/source.h"

namespace freshet::push {

struct Rules {
  std::string owner_url;
  std::string app;              // which folder's functions these are, where a database has several
  bool functions_only = false;  // schema.sql is left alone
  bool dry_run = false;         // all is done, shown and taken back
  std::string folder;           // where the diff tool is looked for
  std::string scratch_url;      // who may make a scratch database; empty: owner_url
  bool allow_destructive = false;
  bool prune = false;  // drop what was pushed once and is not in the files
  // Asked before tables are changed in a way that destroys something; without it that is refused.
  std::function<bool(const std::vector<SchemaStep>&)> confirm;
  std::function<void(const std::string&)> tell = [](const std::string&) {};  // what takes long
};

// With any problem nothing is changed. One push at a time: another waits.
Outcome push(const Source& source, const Rules& rules);

}  // namespace freshet::push
