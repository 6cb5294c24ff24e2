// UNION, INTERSECT, EXCEPT and recursive queries.
#pragma once

#include "shape/scope.h"

namespace freshet {

// Column `number` of a query with set operations.
const Shape* set_operation_column(const Scope& scope, Node* operation, int number);

// All columns of WITH RECURSIVE: what the first part gives, widened until the recursive part adds nothing.
PallocVector<const Shape*> recursive_columns(const Scope& home, const CommonTableExpr* cte);

}  // namespace freshet
