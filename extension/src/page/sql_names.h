// Objects by their full names, quoted: what a search_path holds must not stand in for them.
#pragma once

#include "compat.h"

namespace freshet {

// `"schema"."name"`.
char* collation_sql(Oid collation);

// `OPERATOR("schema".<)`.
char* operator_sql(Oid op);

}  // namespace freshet
