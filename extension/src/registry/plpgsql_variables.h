// The variables of a PL/pgSQL function as the analysis of its statements sees them: a copy of its data, in
// which records have the columns that were assigned to them last.
#pragma once

#include "compat.h"

extern "C" {
#include "nodes/bitmapset.h"
#include "plpgsql.h"
}

namespace freshet {

struct PlpgsqlVariables {
  PLpgSQL_function function;  // a copy, whose cur_estate is `state`
  PLpgSQL_execstate state;
  Bitmapset* doubtful;  // records that were given different columns, or columns that cannot be known
};

// `variables` must stay where it is: the copy points to it.
void open_variables(PlpgsqlVariables* variables, PLpgSQL_function* compiled);

// What FOR, INTO and := do to the columns of a record; other variables keep their type. `columns` nullptr:
// they are known at run time only.
void assign_columns(PlpgsqlVariables* variables, const PLpgSQL_variable* target, TupleDesc columns);

// The columns that the record has now; nullptr where it has none or they are not known.
TupleDesc columns_of(const PlpgsqlVariables* variables, int dno);

// The hidden variable of a CASE has the type of what is compared.
void assign_type(PlpgsqlVariables* variables, int dno, Oid type, int32 typmod, Oid collation);

// Whether one of these variables is a record, or a column of one, whose columns depend on the way to this
// place.
bool uses_doubtful(const PlpgsqlVariables* variables, const Bitmapset* used);

}  // namespace freshet
