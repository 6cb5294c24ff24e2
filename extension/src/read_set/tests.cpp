#include "row_key/test_column.h"

#include "read_set/tests.h"

#include "compat.h"
#include "mutant.h"
#include "read_set/capture_state.h"
#include "read_set/term_columns.h"

extern "C" {
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
}

namespace freshet::read_set {
namespace {

struct Binding {
  const Terms* terms;
  bool failed;
};

// What stands in for a row's value: a column, or the value that a CASE compares.
bool varies_by_row(Node* node, void* context) {
  if (node == nullptr) return false;
  if (IsA(node, Var) || IsA(node, CaseTestExpr)) return true;
  return walk_expression(node, varies_by_row, context);
}

Node* fail(Binding* binding) {
  binding->failed = true;
  return nullptr;
}

Node* bound_column(Binding* binding, Node* node) {
  const ColumnId column = column_of(*binding->terms, node);
  if (column == 0 || column > kMaxAttribute) return fail(binding);
  const FormData_pg_attribute* attribute =
      TupleDescAttr(binding->terms->columns, static_cast<int>(column) - 1);
  Var* var = makeVar(1, static_cast<AttrNumber>(column), attribute->atttypid, attribute->atttypmod,
                     attribute->attcollation, 0);
  var->location = -1;
  // An index keeps names as strings.
  return exprType(node) == attribute->atttypid ? reinterpret_cast<Node*>(var) : fail(binding);
}

// The value that `node` has in this run, not out of line nor expanded.
Node* bound_value(Binding* binding, Node* node) {
  Operand operand;
  if (!resolve_operand(binding->terms->operands, node, &operand)) return fail(binding);
  int16 length;
  bool by_value;
  get_typlenbyval(exprType(node), &length, &by_value);
  if (length < -1) return fail(binding);
  Datum value = 0;
  if (!operand.null) {
    value = length == -1 ? PointerGetDatum(PG_DETOAST_DATUM_COPY(operand.value))
                         : datumCopy(operand.value, by_value, length);
  }
  Const* constant =
      makeConst(exprType(node), exprTypmod(node), exprCollation(node), length, value, operand.null, by_value);
  constant->location = -1;
  return reinterpret_cast<Node*>(constant);
}

// Where in a text an expression stands says nothing about it, and would give each query tests of its own.
void forget_location(Node* node) {
  switch (nodeTag(node)) {
    case T_FuncExpr:
      reinterpret_cast<FuncExpr*>(node)->location = -1;
      break;
    case T_OpExpr:
    case T_DistinctExpr:
    case T_NullIfExpr:
      reinterpret_cast<OpExpr*>(node)->location = -1;
      break;
    case T_ScalarArrayOpExpr:
      reinterpret_cast<ScalarArrayOpExpr*>(node)->location = -1;
      break;
    case T_BoolExpr:
      reinterpret_cast<BoolExpr*>(node)->location = -1;
      break;
    case T_RelabelType:
      reinterpret_cast<RelabelType*>(node)->location = -1;
      break;
    case T_CaseExpr:
      reinterpret_cast<CaseExpr*>(node)->location = -1;
      break;
    case T_CaseWhen:
      reinterpret_cast<CaseWhen*>(node)->location = -1;
      break;
    case T_CoalesceExpr:
      reinterpret_cast<CoalesceExpr*>(node)->location = -1;
      break;
    case T_NullTest:
      reinterpret_cast<NullTest*>(node)->location = -1;
      break;
    case T_BooleanTest:
      reinterpret_cast<BooleanTest*>(node)->location = -1;
      break;
    default:
      break;
  }
}

// A copy with the table as range table entry 1 and constants for what does not vary by row.
Node* bound(Node* node, void* context) {
  Binding* binding = static_cast<Binding*>(context);
  if (node == nullptr || binding->failed) return nullptr;
  if (IsA(node, Var)) return bound_column(binding, node);
  if (!IsA(node, List) && !varies_by_row(node, nullptr)) return bound_value(binding, node);
  Node* copy = mutate_expression(node, bound, context);
  if (copy != nullptr) forget_location(copy);
  return copy;
}

}  // namespace

Condition tested(const Terms& terms, Node* qual) {
  const Capture* capture = open_capture();
  if (capture == nullptr || !capture->options.has_image_key || terms.operands->test_count == kMaxTests ||
      !varies_by_row(qual, nullptr))
    return always();
  Binding binding{&terms, false};
  Node* condition = bound(qual, &binding);
  if (binding.failed || !is_testable(condition, terms.columns)) return always();
  wire::SipKey key;
  memcpy(key.bytes, capture->options.image_key, sizeof key.bytes);
  wire::Bytes bytes;
  Atom atom{};
  atom.kind = wire::AtomKind::kTest;
  if (!write_test(condition, key, &bytes, &atom.attnum)) return always();
  atom.lo = bytes.data();
  atom.lo_size = static_cast<uint32>(bytes.size());
  terms.operands->test_count++;
  return of_atom(atom);
}

}  // namespace freshet::read_set
