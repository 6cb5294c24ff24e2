// The rows of freshet.exposed, read at the newest committed state: the functions that they name are also
// looked up so, whatever snapshot the caller's transaction has.
#pragma once

#include "call/palloc_vector.h"
#include "compat.h"

namespace freshet {

enum class FunctionKind : uint8 { kQuery, kMutation };
enum class RowPromise : uint8 { kOne, kMaybe, kMany };

struct RegistryRow {
  char* schema;
  char* name;
  PallocVector<char*> argument_types;
  FunctionKind kind;
  char* guard;  // or nullptr
  bool is_public;
  int max_rows;  // 0: default
  int max_page;  // 0: none
  bool lockstep;
  int deadline_ms;  // 0: default
  PallocVector<char*> errors;
  RowPromise cardinality;
  bool superuser;
  bool bypasses_row_security;
  char* search_path;
  char* page_order;              // as declared, or nullptr
  char* returns;                 // as declared, nullptr: not
  PallocVector<char*> not_null;  // columns, or `*`
  char* arguments;               // JSON object: declarations by argument
  char* run_as;                  // role, nullptr: the owner
  char* numbers;                 // JSON object: forms by type or column of the result
  bool internal;                 // for jobs alone: clients are told that there is none
};

Oid registry_relation();

// False when nothing is exposed under that name. The row lives in the current memory context.
bool registry_find(const char* schema, const char* name, RegistryRow* row);

// All rows, in order of schema and name.
PallocVector<RegistryRow> registry_all();

const char* kind_name(FunctionKind kind);
const char* cardinality_name(RowPromise cardinality);

}  // namespace freshet
