// What can be seen of a function's body before it is called.
#pragma once

#include "registry/plpgsql_body.h"

namespace freshet {

enum class BodyKind : uint8 {
  kSql,
  kPlpgsql,
  kOpaque,  // another language
};

struct FunctionBody {
  BodyKind kind;
  BodyParts parts;                        // kSql: one
  PallocVector<PlpgsqlTrouble> troubles;  // kPlpgsql: what in it does not work, or cannot be analysed
  const char* source;                     // kOpaque: its text, nullptr of C and internal functions
};

// Under the rights and search_path of who calls it. Errors in a SQL body are raised.
FunctionBody read_body(Oid procedure);

// The queries of all parts, one after the other.
List* queries_of(const FunctionBody& body);

}  // namespace freshet
