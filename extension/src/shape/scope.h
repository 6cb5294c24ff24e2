// Where an expression stands: its query, the queries around, the values of its parameters.
#pragma once

#include "shape/shape.h"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace freshet {

// Of a body, and how much may still be looked at: columns of queries in queries can fan out.
struct Parameters {
  PallocVector<const Shape*> shapes;  // of parameter n at n - 1
  int* steps_left;
};

// What is assumed of the columns of a recursive query while its recursive part is looked at.
struct Recursion {
  const CommonTableExpr* query;
  PallocVector<const Shape*> columns;
};

struct Scope {
  const Parameters* parameters;
  Query* query;
  const Scope* outer;          // of the query around, nullptr at the top
  List* filtered;              // Vars of this query that its WHERE and inner joins keep from being NULL
  List* narrowed;              // Vars that the branch of a CASE, for the row at hand, keeps from being NULL
  bool groups_are_nulled;      // above GROUP BY: what a grouping set leaves out is NULL
  const Recursion* recursion;  // of this query's own list of common table expressions
  int depth;                   // how many functions deep
};

// The scope of `query` inside of `outer` (or of a function's body).
Scope scope_of(const Parameters* parameters, Query* query, const Scope* outer, int depth);

// The query `levels` further out; nullptr when there is none.
const Scope* scope_at(const Scope* scope, int levels);

// Whether an outer join may put NULLs in place of the rows of that range table entry.
bool is_nulled_by_join(const Scope* scope, int relation);

// Whether the query, or the branch, keeps this column from being NULL.
bool is_kept_not_null(const Scope* scope, const Var* var);

// The scope in a branch that is taken when `condition` is true, or (`when_false`) when it is not.
Scope narrowed_scope(const Scope& scope, Node* condition, bool when_false);

}  // namespace freshet
