// From the conditions of a scan to atoms: which rows can a qual be TRUE for.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/condition.h"
#include "read_set/operands.h"

extern "C" {
#include "access/skey.h"
#include "access/tupdesc.h"
}

namespace freshet::read_set {

// How the expressions of one scan name its columns, and where their operands come from.
struct Terms {
  Relation relation;
  TupleDesc columns;
  Index varno;                      // range table index of the relation in the expressions
  int index_column_count;           // for INDEX_VAR
  Oid index;                        // for INDEX_VAR
  const AttrNumber* index_columns;  // table column of each index column, 0: an expression
  OperandStates* operands;
  const ScanKeyData* key;  // evaluated scan key of the index qual under conversion, if any
  bool* missing;           // set when an operand had no value
  bool* widened;           // set when a condition holds for more rows than what it stands for
};

// `condition` holds for more rows than what it stands for.
inline Condition wider(const Terms& terms, const Condition& condition) {
  *terms.widened = true;
  return condition;
}

// Any row, for want of anything to say.
inline Condition unknown(const Terms& terms) { return wider(terms, always()); }

// The rows for which `qual` (an expression, or a list meaning AND) can be TRUE.
Condition when_true(const Terms& terms, Node* qual);

}  // namespace freshet::read_set
