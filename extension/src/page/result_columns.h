// The columns that `SELECT * FROM function(...) AS r` has.
#pragma once

#include "call/function.h"

namespace freshet {

struct ResultColumn {
  char* name;
  Oid type;
  Oid collation;  // of the type, or of the column of a named row type
  bool nullable;  // for all that is known here: always
};

PallocVector<ResultColumn> result_columns(const Function* function);

}  // namespace freshet
