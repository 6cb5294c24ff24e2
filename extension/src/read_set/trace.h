// Which scans an output column of a plan node comes from.
#pragma once

#include "freshet_wire/bytes.hpp"

extern "C" {
#include "postgres.h"

#include "nodes/execnodes.h"
}

namespace freshet::read_set {

using ScanVisitor = void (*)(PlanState* scan, AttrNumber column, void* state);

// Calls `visit` for scans of which a row yields rows of `node` with its value of the column in output column
// `resno`, or none, and no row without it depends on it: so not through a node that drops rows by what other
// rows are, that makes one row of several, or that adds rows without partner.
void trace_rows(PlanState* node, int resno, ScanVisitor visit, void* state);

// The same for a column that rows are sorted by: also scans of which a row matters for rows with that value
// of the column alone, because a join requires another column to equal it.
void trace_order(PlanState* node, int resno, ScanVisitor visit, void* state);

// Calls `visit` for scans from whose rows all values but null in output column `resno` come. False: some come
// from elsewhere.
bool trace_values(PlanState* node, int resno, ScanVisitor visit, void* state);

// Columns of the two sides of a join that it requires to be equal.
struct EqualColumns {
  PlanState* outer;
  int outer_resno;
  PlanState* inner;
  int inner_resno;
  Oid type;  // of both, or InvalidOid
  Oid op;    // outer op inner
  Oid collation;
  int hash_key;  // number among the keys of a hash join, else -1
};

using EqualityVisitor = void (*)(const EqualColumns& columns, void* state);

// Calls `visit` for what a join of two columns by an operator may be; whether that one is an equality is not
// looked at.
void for_each_key(PlanState* join, EqualityVisitor visit, void* state);

}  // namespace freshet::read_set
