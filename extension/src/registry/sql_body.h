// The body of a SQL function as the parser understands it.
#pragma once

#include "compat.h"

extern "C" {
#include "nodes/pg_list.h"
}

namespace freshet {

enum class SqlBody : uint8 { kAnalysed, kOpaque };

// kAnalysed: `queries` is the list of analysed and rewritten queries of all statements, under the current
// search_path; parameters are PARAM_EXTERN. Errors in the body are raised. kOpaque: another language;
// `source` is its text, nullptr for C and internal functions.
SqlBody read_sql_body(Oid procedure, List** queries, char** source);

// The text of a SQL body, into which the locations of its queries point; nullptr for other languages and for
// bodies that are stored analysed (BEGIN ATOMIC).
char* sql_source(Oid procedure);

// The text of a function as it is stored, whatever its language.
char* procedure_source(Oid procedure);

}  // namespace freshet
