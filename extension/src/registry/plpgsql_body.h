// The body of a PL/pgSQL function, read without being executed: PL/pgSQL compiles it, and each SQL expression
// and statement in it is analysed as its executor would do it, with the variables that it sees.
#pragma once

#include "registry/body_part.h"

extern "C" {
#include "nodes/nodes.h"
}

namespace freshet {

struct PlpgsqlTrouble {
  bool certain;  // a call that comes here fails; else nothing can be said of this place
  const char* message;
  const char* detail;  // or nullptr
  const char* hint;    // or nullptr
  const char* statement;
  int line;  // of the body, 0: not known
};

struct PlpgsqlBody {
  BodyParts parts;
  PallocVector<PlpgsqlTrouble> troubles;  // in the order of the body
};

// False when the function is not written in PL/pgSQL. Under the rights and search_path of who calls it; its
// own SET is applied. What cannot be analysed is among the troubles: nothing of the body is raised. Text that
// is made and executed at run time (EXECUTE) is not read, and told so.
bool read_plpgsql_body(Oid procedure, PlpgsqlBody* body);

// Whether a statement makes, changes or drops something that has a name.
bool is_definition(const Node* statement);

}  // namespace freshet
