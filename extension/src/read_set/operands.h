// Values of the operands that a scan compares its columns with, as the scan itself sees them: constants,
// parameters and harmless expressions of them. An operand that cannot be had without a risk - a sub-query
// that nobody ran yet, an error that the query would not raise - stays unknown.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "row_key/expression_column.h"

extern "C" {
#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pg_list.h"
}

namespace freshet::read_set {

struct Operand {
  bool null;
  Datum value;
  Oid type;
};

// Expression states of one scan node, kept in its executor's memory: compiled at the first use.
struct OperandStates {
  PlanState* node;
  List* expressions;  // Node*
  List* states;       // ExprState*, or NULL: not to be evaluated
  // What indexes of the table compute, once it was asked for.
  bool expressions_known;
  int index_expression_count;
  ExpressionColumn* index_expressions;
  int test_count;  // conditions that became tests (tests.h)
};

// Whether `expression` (without columns of the scan) has a value now; fills `operand` if so.
bool resolve_operand(OperandStates* states, Node* expression, Operand* operand);

// Whether the value can be another one in another run of the same node.
bool depends_on_run(Node* expression);

}  // namespace freshet::read_set
