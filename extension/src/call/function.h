// An exposed function as it is now: its registry row joined with what the catalog says. Cached per backend
// until the catalog or the registry changes; entries are dropped only between runs (purge_functions), so a
// run may hold one throughout.
#pragma once

#include "registry/registry.h"

extern "C" {
#include "access/tupdesc.h"
#include "executor/spi.h"
#include "nodes/pg_list.h"
}

namespace freshet {

struct Argument {
  char* name;      // as clients see it: one leading `_` or `p_` dropped
  char* sql_name;  // as declared
  Oid type;
  bool required;
  bool nullable;  // NULL may be passed: its default is NULL
  bool variadic;
  Node* default_expression;  // nullptr when required
  struct Patch* patch;       // a declared partial object, nullptr: none
  const char* id;            // the declared id, nullptr: none
};

// How the function's result is turned into JSON.
enum class ResultForm : uint8 { kVoid, kValue, kObject };

struct ResultShape {
  Oid type;  // declared return type
  bool is_set;
  ResultForm form;    // of the value, or of each row of a set
  TupleDesc columns;  // kObject: known columns; nullptr for a composite type, whose columns are looked up
                      // when needed
};

struct Paging;  // page/order.h

// A plan for one combination of arguments given.
struct CallPlan {
  bool* given;  // per argument
  SPIPlanPtr plan;
};

struct Function {
  char* path;
  RegistryRow row;
  char* problem;      // why it cannot be called, nullptr when it can
  int problem_state;  // SQLSTATE of that
  Oid oid;
  Oid owner;
  Oid role;               // whose rights it runs with: the owner's, unless it was exposed with run_as
  FunctionKind kind;      // by its volatility now
  bool domains_enforced;  // a NULL in a column of a NOT NULL domain is an error: not of SQL functions, whose
                          // types say what their query gives
  int argument_count;
  Argument* arguments;
  ResultShape result;
  bool contract_known;
  const struct Shape* contract;      // what each row, or the value, is held to; nullptr: nothing is promised
  const struct Shape* number_forms;  // of each row, where numbers are declared in another form than the
                                     // encoder's own; else nullptr
  MemoryContext forms_context;       // of the two
  uint64 forms_generation;
  PallocVector<CallPlan> plans;
  uint64 row_type;  // of a named composite result: which of its definitions the plans name the columns of
  SPIPlanPtr guard_plan;
  Paging* paging;  // nullptr until a page or the catalog was asked for
};

// nullptr when nothing is exposed under the path.
Function* find_function(const char* path);

// The function of a registry row, loaded anew into the current memory context.
Function* load_function(const RegistryRow& row);

// Forgets what the catalog no longer confirms. Only between runs.
void purge_functions();

// Drops the kept plans when the columns of the composite type that they give rows of are other ones by now: a
// kept plan goes on naming them as they were.
void drop_plans_of_old_row_type(Function* function);

// Drops the kept plans of a function: they hold what must not be used again.
void drop_plans(Function* function);

int max_rows_of(const Function* function);
int deadline_of(const Function* function);

// "module.function(type, …)" for messages.
char* function_signature(const Function* function);

}  // namespace freshet
