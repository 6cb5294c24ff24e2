#include "page/result_columns.h"

#include "call/json_type.h"
#include "page/order.h"

extern "C" {
#include "utils/lsyscache.h"
}

namespace freshet {

PallocVector<ResultColumn> result_columns(const Function* function) {
  PallocVector<ResultColumn> columns;
  const ResultShape& result = function->result;
  if (result.form == ResultForm::kVoid) return columns;
  if (result.form == ResultForm::kValue) {
    columns.push({pstrdup(kValueColumn), result.type, get_typcollation(result.type), true});
    return columns;
  }
  TupleDesc row =
      result.columns != nullptr ? result.columns : composite_descriptor(json_type(result.type), -1);
  for (int i = 0; i < row->natts; i++) {
    Form_pg_attribute column = TupleDescAttr(row, i);
    if (column->attisdropped) continue;
    // A row that the function names itself has the collations of its types.
    const Oid collation =
        result.columns != nullptr ? get_typcollation(column->atttypid) : column->attcollation;
    columns.push({pstrdup(NameStr(column->attname)), column->atttypid, collation, true});
  }
  if (result.columns == nullptr) ReleaseTupleDesc(row);
  return columns;
}

}  // namespace freshet
