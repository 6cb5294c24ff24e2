#include "row_key/row_key.h"

#include "read_set/term_columns.h"

#include "compat.h"

extern "C" {
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
}

namespace freshet::read_set {
namespace {

// The expressions that indexes of the table have, looked up when the first condition is on an expression.
const ExpressionColumn* find_expression(const Terms& terms, const Node* node) {
  OperandStates* states = terms.operands;
  if (!states->expressions_known) {
    const MemoryContext before = MemoryContextSwitchTo(states->node->state->es_query_cxt);
    states->index_expression_count = expression_columns(terms.relation, true, &states->index_expressions);
    states->expressions_known = true;
    const int varno = static_cast<int>(reinterpret_cast<Scan*>(states->node->plan)->scanrelid);
    for (int i = 0; i < states->index_expression_count && varno != 1; i++)
      ChangeVarNodes(states->index_expressions[i].simplified, 1, varno, 0);
    MemoryContextSwitchTo(before);
  }
  for (int i = 0; i < states->index_expression_count && node != nullptr; i++) {
    if (equal(read_set::stripped(states->index_expressions[i].simplified), node))
      return &states->index_expressions[i];
  }
  return nullptr;
}

// The column of an index that is an expression.
const ExpressionColumn* find_index_expression(const Terms& terms, int position) {
  find_expression(terms, nullptr);
  const OperandStates* states = terms.operands;
  for (int i = 0; i < states->index_expression_count; i++) {
    if (states->index_expressions[i].index == terms.index &&
        states->index_expressions[i].position == position)
      return &states->index_expressions[i];
  }
  return nullptr;
}

bool is_attribute(const Terms& terms, AttrNumber attnum) {
  return attnum >= 1 && attnum <= terms.columns->natts &&
         !TupleDescAttr(terms.columns, attnum - 1)->attisdropped;
}

const ExpressionColumn* expression_of(const Terms& terms, ColumnId id) {
  const OperandStates* states = terms.operands;
  for (int i = 0; i < states->index_expression_count; i++) {
    if (states->index_expressions[i].id == id) return &states->index_expressions[i];
  }
  return nullptr;
}

}  // namespace

bool has_columns(Node* node, void* context) {
  if (node == nullptr) return false;
  if (IsA(node, Var)) return true;
  return walk_expression(node, has_columns, context);
}

Node* stripped(Node* node) {
  while (node != nullptr && IsA(node, RelabelType)) {
    node = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg);
  }
  return node;
}

ColumnId column_of(const Terms& terms, Node* node) {
  node = stripped(node);
  if (node == nullptr) return 0;
  if (!IsA(node, Var)) {
    const bool may_be = !IsA(node, Const) && !IsA(node, Param) && !IsA(node, List) && !IsA(node, BoolExpr) &&
                        has_columns(node, nullptr);
    const ExpressionColumn* expression = may_be ? find_expression(terms, node) : nullptr;
    return expression != nullptr ? expression->id : 0;
  }
  const Var* var = reinterpret_cast<Var*>(node);
  if (var->varlevelsup != 0) return 0;
  if (var->varno == INDEX_VAR) {
    if (var->varattno < 1 || var->varattno > terms.index_column_count) return 0;
    const AttrNumber attnum = terms.index_columns[var->varattno - 1];
    if (is_attribute(terms, attnum)) return static_cast<ColumnId>(attnum);
    const ExpressionColumn* expression = attnum == 0 ? find_index_expression(terms, var->varattno) : nullptr;
    return expression != nullptr ? expression->id : 0;
  }
  if (var->varno != static_cast<int>(terms.varno) || !is_attribute(terms, var->varattno)) return 0;
  return static_cast<ColumnId>(var->varattno);
}

RowKeyCodec* codec_of(const Terms& terms, ColumnId attnum) {
  if (attnum > kMaxAttribute) return expression_of(terms, attnum)->codec;
  const Form_pg_attribute attribute = TupleDescAttr(terms.columns, attnum - 1);
  return row_key_codec(attribute->atttypid, attribute->attcollation);
}

bool is_boolean_column(const Terms& terms, ColumnId attnum) {
  if (attnum > kMaxAttribute)
    return getBaseType(exprType(expression_of(terms, attnum)->expression)) == BOOLOID;
  return attnum != 0 && getBaseType(TupleDescAttr(terms.columns, attnum - 1)->atttypid) == BOOLOID;
}

}  // namespace freshet::read_set
