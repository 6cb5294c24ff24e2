// Whose id a column holds. Two values with one name may be compared; codegen gives them one branded type.
#pragma once

#include "compat.h"

extern "C" {
#include "access/attnum.h"
}

namespace freshet {

// "schema.table.column" of the primary key that the column is part of, or that its foreign keys lead to;
// nullptr when it is no id. A partition's columns are those of the partitioned table. Columns of types that
// count or tell time, such as the second column of PRIMARY KEY (id, created_at), are no ids.
char* key_id(Oid relation, AttrNumber column);

// The id that "schema.table.column" names; nullptr when that is no column that holds one.
char* key_id_by_name(const char* name);

}  // namespace freshet
