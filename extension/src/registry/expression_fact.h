// What can be said about the value of an expression before it is computed: that it is never NULL, and the
// shape of JSON that it builds. Everything that is not understood is NULLable and of any shape, so that a
// generated type never promises too much.
#pragma once

#include "call/function.h"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace freshet {

struct ExpressionFact {
  bool not_null;
  char* json_schema;  // of a json(b) value, nullptr when its shape is not known; without null
};

// `query` is where the expression stands; its parameters are those of `function`.
ExpressionFact expression_fact(const Function* function, Query* query, Node* expression);

// The schema of the expression's value: the JSON shape where it is known, else that of its type.
void append_expression_schema(StringInfo out, const Function* function, Query* query, Node* expression);

// The query gives exactly one row, whatever the tables hold.
bool gives_one_row(const Query* query);

// The list of what the query returns: its targets, or what it writes and returns.
List* returned_targets(const Query* query);

}  // namespace freshet
