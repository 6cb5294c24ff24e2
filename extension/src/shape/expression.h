// The shape of an expression, before it is computed.
#pragma once

#include "shape/scope.h"

namespace freshet {

// Never nullptr.
const Shape* expression_shape(const Scope& scope, Node* node);

// Column `number` (from 1) of what `query` returns. `scope`: of that query.
const Shape* result_column(const Scope& scope, int number);

// The same value under another type of the same form: a domain, varchar for text.
const Shape* typed_like(const Shape* shape, Oid type);

// False for a domain that is NOT NULL.
bool may_hold_null(Oid type);

// The list of what the query returns: its targets, or what it writes and returns, without junk.
List* returned_targets(const Query* query);

// The text of a constant, nullptr when the expression is none, or NULL. Nothing is evaluated to find out.
char* constant_text(Node* node);

bool is_builtin(Oid function);

bool is_one_of(const char* name, const char* const* names);

}  // namespace freshet
