// Which ids the arguments of a SQL body are: a parameter that is only ever compared with, or written to,
// columns of one key holds that key's ids.
#pragma once

#include "call/function.h"
#include "shape/scope.h"

namespace freshet {

// One per argument: "schema.table.column", nullptr when it is no id or stands beside several. An array that
// is searched (= ANY) has the id of its elements. `queries` as from read_sql_body().
const char** argument_ids(const Function* function, const Parameters& parameters, List* queries);

}  // namespace freshet
