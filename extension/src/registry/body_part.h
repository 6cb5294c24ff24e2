// A piece of a function's body as the parser understands it: the whole body of a SQL function, or one
// expression or statement of a PL/pgSQL function.
#pragma once

#include "call/palloc_vector.h"
#include "compat.h"

extern "C" {
#include "nodes/pg_list.h"
}

namespace freshet {

struct BodyPart {
  List* queries;          // analysed and rewritten; parameters are PARAM_EXTERN
  const char* text;       // into which the locations of the queries point; nullptr: they point nowhere
  int line;               // of the body, on which the text begins
  const char* statement;  // as PL/pgSQL calls it ("RETURN QUERY"); nullptr of SQL
};

using BodyParts = PallocVector<BodyPart>;

// Line of the body (from 1) of a location in the part, 0 where it is not known.
int line_of(const BodyPart& part, int location);

// The same of the cursor position of an error: characters, from 1; 0 is none.
int line_of_cursor(const char* text, int first_line, int cursor);

}  // namespace freshet
