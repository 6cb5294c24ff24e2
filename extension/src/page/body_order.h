// The order that a SQL body itself gives its rows.
#pragma once

#include "page/order.h"
#include "page/result_columns.h"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace freshet {

struct BodyOrder {
  PallocVector<OrderColumn> columns;
  const char* problem;  // why it is not known, as a clause; then `columns` is empty
};

// `query` is the last of the body.
BodyOrder body_order(const Query* query, const PallocVector<ResultColumn>& results);

// Why rows may be equal in all columns of the order, as a clause; nullptr when a key is among them. Nothing
// is proven: a join can still repeat the rows of a table. It finds what is forgotten most often.
const char* why_not_unique(const Query* query, const PallocVector<ResultColumn>& results,
                           const PallocVector<OrderColumn>& order);

// Finds which columns are never NULL, whatever the tables hold.
void learn_nullable(const Function* function, Query* query, PallocVector<ResultColumn>* results);

// The collation in which the body itself would compare the column; InvalidOid when it does not say.
Oid collation_in_body(const Query* query, const PallocVector<ResultColumn>& results, const char* name);

}  // namespace freshet
