// The planner, told that a page is better read along an index than sorted: of two plans with about the same
// cost it takes the sort, which reads the whole range before its first row; where estimates are wrong, that
// is a whole table. The plan with a sort stays where going along an index would cost a lot more.
#pragma once

#include "compat.h"

namespace freshet {

// Until the next call: how the statement with exactly this text is planned. `rows` is the length of the page.
// nullptr ends it; so does the end of the transaction, or of a subtransaction by an error.
void steer_planner(const char* sql, int64 rows);

}  // namespace freshet
