// Which arguments of a function end up in which columns of a table.
#pragma once

#include "call/function.h"

extern "C" {
#include "nodes/bitmapset.h"
}

namespace freshet {

// What a body says of one column: written at all, and from which arguments (their indexes).
struct ColumnSource {
  bool written;
  Bitmapset* arguments;
};

// By the analysed body of a SQL function: what its INSERT, UPDATE and MERGE commands assign to the column of
// `table`, through VALUES, sub-queries and expressions; with `conditions` instead what its UPDATE and DELETE
// commands compare the column with. May raise.
ColumnSource source_in_body(List* queries, Oid table, const char* column, bool conditions);

// Arguments that are cast to the domain anywhere in the body.
Bitmapset* sources_of_domain(List* queries, Oid domain);

// The same by the text of one command, in which arguments stand by name as PL/pgSQL has them. May raise.
ColumnSource source_in_command(const Function* function, const char* command, Oid table, const char* column);

}  // namespace freshet
