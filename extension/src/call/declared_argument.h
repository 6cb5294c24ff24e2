// What `args` of freshet.expose() declares of an argument.
#pragma once

#include "call/arguments.h"
#include "call/function.h"
#include "shape/shape.h"

namespace freshet {

// A column that a patch may carry.
struct PatchColumn {
  char* name;
  Oid type;
  int32 typmod;
  bool nullable;
  const char* id;  // key_id.h
  NumberForm form;
};

struct Patch {
  PallocVector<PatchColumn> columns;
};

// Reads `partial schema.table(column, …)` (the columns may be left out: all that can be written) or the id
// `schema.table.column` into `argument`. Returns what is wrong with it, nullptr when nothing is.
char* declare_argument(Argument* argument, const char* declaration);

// Checks a patch: every member a column, its value one that the column takes; absent and null differ. What
// read_json_value() raises is raised.
void check_patch(const Patch* patch, const JsonValue* json, Problems* problems, const char* path);

// The same, each member in a subtransaction of its own (see check_json_value_isolated()).
void check_patch_isolated(const Patch* patch, const JsonValue* json, Problems* problems, const char* path);

}  // namespace freshet
