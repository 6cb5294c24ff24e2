// How clients are given values of bigint and numeric, as declared by freshet.numbers_as(): for the database,
// or for a column and those that refer to it. Kept by names, so that dump and restore keep it.
#pragma once

#include "shape/shape.h"

extern "C" {
#include "access/attnum.h"
}

namespace freshet {

// False when nothing is declared in this database.
bool any_number_forms();

// What is declared of a base type (bigint, numeric) for the whole database.
NumberForm number_form_of_type(Oid type);

// What is declared of a column, or of the key column that its foreign keys lead to. A partition's columns are
// those of the partitioned table.
NumberForm number_form_of_column(Oid relation, AttrNumber column);

// The same of "schema.table.column"; nullptr: nothing.
NumberForm number_form_of_name(const char* name);

// 'number' or 'string'; kUndeclared for any other word.
NumberForm number_form_named(const char* word);

}  // namespace freshet
