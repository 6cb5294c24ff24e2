// Where a column of a query comes from.
#pragma once

#include "compat.h"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace freshet {

// The id (key_id.h) that an expression carries unchanged: a column of a table, through subqueries, common
// table expressions, joins and views. nullptr when it is computed, or no id. `queries`: where it stands, from
// the innermost query outwards.
char* id_of_column(List* queries, Node* expression);

}  // namespace freshet
