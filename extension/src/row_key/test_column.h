#pragma once

// Tests: conditions of queries that only the server can evaluate (`tags @> '{red}'`, `body LIKE '%fox%'`,
// `title < 'm'` under a collation of people's), computed of each changed row while decoding. To the gateway a
// test is a column of the table, named by a number; unlike an index's expression it is in no catalog, so that
// the read set brings it along.
//
// What is evaluated while decoding holds up everybody who watches, so a test is made of functions only whose
// cost is bounded by the size of the row: no regular expressions, no paths, nothing that makes much of
// little.

#include "row_key/expression_column.h"

#include "freshet_wire/bytes.hpp"

namespace freshet {

// Whether a condition (the table is range table entry 1, nothing else varies) may be evaluated while
// decoding.
bool is_testable(Node* condition, TupleDesc columns);

// Its bytes, palloc'd, and its number. False: too long.
bool write_test(Node* condition, const wire::SipKey& key, wire::Bytes* bytes, ColumnId* number);

// The condition that was written, or NULL: nothing that may be evaluated of rows with these columns.
Node* read_test(wire::Bytes bytes, TupleDesc columns);

}  // namespace freshet
