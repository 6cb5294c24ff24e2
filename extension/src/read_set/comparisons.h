// Conditions on one column: comparisons with values that are known.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/atoms.h"

extern "C" {
#include "utils/array.h"
}

namespace freshet::read_set {

Condition null_test(ColumnId column, bool is_null);

// A boolean column is `value`.
Condition boolean_column(const Terms& terms, ColumnId column, bool value);

// A comparison says something about a row only if it is a fixed function of it and NULL in gives NULL out.
bool is_plain_operator(Oid op);

// Whether it is a comparison of the column's type, which yields null for nulls alone.
bool is_comparison(const Terms& terms, ColumnId column, Oid op, Oid collation);

// Rows with `column op value` TRUE; the value is not null, `op` is plain and has the column on its left.
Condition compare(const Terms& terms, ColumnId column, Oid op, Oid collation, const Operand& operand);

// Rows with `column op value` TRUE for some (any) or all elements of `array`.
Condition over_elements(const Terms& terms, ColumnId column, Oid op, Oid collation, ArrayType* array,
                        bool any);

// Rows with `column op value` TRUE for all values, none of which is null. `op`: of a comparison, not equal.
Condition outside(const Terms& terms, ColumnId column, Oid op, Oid collation, Oid type, const Datum* values,
                  int count);

// Rows with one of the equality hashes in the column. At most kMaxHashes; they are sorted in place.
Condition one_of_hashes(ColumnId column, uint64* hashes, int count);

}  // namespace freshet::read_set
