// GROUP BY, and what its grouping sets leave out.
#pragma once

#include "compat.h"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace freshet {

// Whether the expression is one of those that the query groups by.
bool is_grouped(const Query* query, Node* expression);

// Whether some grouping set leaves the expression out, so that it is NULL in the rows of that set.
bool is_left_out(const Query* query, Node* expression);

// Every group has a row: there is no empty grouping set, whose one group may have none.
bool groups_have_rows(const Query* query);

}  // namespace freshet
