#include "row_key/row_key.h"

#include "read_set/atoms.h"

#include "compat.h"
#include "mutant.h"
#include "read_set/comparisons.h"
#include "read_set/hashed_subplans.h"
#include "read_set/order_steps.h"
#include "read_set/term_columns.h"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
}

namespace freshet::read_set {
namespace {

Condition convert(const Terms& terms, Node* qual, bool wanted);
Condition when_false(const Terms& terms, Node* qual);

bool operand_value(const Terms& terms, Node* expression, bool is_list, Operand* operand) {
  if (resolve_operand(terms.operands, expression, operand)) return true;
  const ScanKeyData* key = terms.key;
  // An array that the access method does not search itself is fed to it element by element.
  if (key == nullptr || (key->sk_flags & (SK_ROW_HEADER | SK_SEARCHNULL | SK_SEARCHNOTNULL)) != 0 ||
      is_list != ((key->sk_flags & SK_SEARCHARRAY) != 0)) {
    *terms.missing = true;
    return false;
  }
  *operand = {(key->sk_flags & SK_ISNULL) != 0, key->sk_argument, exprType(stripped(expression))};
  return true;
}

Condition operator_condition(const Terms& terms, const OpExpr* expr, bool negated) {
  if (list_length(expr->args) != 2) return unknown(terms);
  Oid op = expr->opno;
  Node* operand_node = static_cast<Node*>(lsecond(expr->args));
  ColumnId attnum = column_of(terms, static_cast<Node*>(linitial(expr->args)));
  if (attnum == 0) {
    attnum = column_of(terms, operand_node);
    operand_node = static_cast<Node*>(linitial(expr->args));
    op = get_commutator(op);
  }
  if (attnum == 0 || !is_plain_operator(op)) return unknown(terms);
  Operand operand;
  if (!operand_value(terms, operand_node, false, &operand)) return unknown(terms);
  if (operand.null) return never();
  if (negated) op = get_negator(op);
  // Without a negator that is known, still nothing but a row with a value can be FALSE.
  if (!is_plain_operator(op)) return wider(terms, null_test(attnum, false));
  return compare(terms, attnum, op, expr->inputcollid, operand);
}

Condition list_condition(const Terms& terms, const ScalarArrayOpExpr* expr, bool negated) {
  const ColumnId attnum = column_of(terms, static_cast<Node*>(linitial(expr->args)));
  if (attnum == 0 || !is_plain_operator(expr->opno)) return unknown(terms);
  Operand operand;
  if (!operand_value(terms, static_cast<Node*>(lsecond(expr->args)), true, &operand)) return unknown(terms);
  if (operand.null) return never();
  // NOT (x op ANY list) is "not op for all", NOT (x op ALL list) "not op for some".
  const Oid op = negated ? get_negator(expr->opno) : expr->opno;
  const bool any = expr->useOr != negated;
  if (!is_plain_operator(op)) return unknown(terms);
  return over_elements(terms, attnum, op, expr->inputcollid, DatumGetArrayTypeP(operand.value), any);
}

// The operand at `position` of a row that is compared, which an index scan has a key of its own for. False:
// nobody can say.
bool row_operand(const Terms& terms, const RowCompareExpr* expr, int position, Operand* operand) {
  Node* node = static_cast<Node*>(list_nth(expr->rargs, position));
  if (resolve_operand(terms.operands, node, operand)) return true;
  if (terms.key == nullptr || (terms.key->sk_flags & SK_ROW_HEADER) == 0) {
    *terms.missing = true;
    return false;
  }
  const ScanKeyData* member = reinterpret_cast<const ScanKeyData*>(DatumGetPointer(terms.key->sk_argument));
  for (int i = 0; i < position; i++) {
    if ((member[i].sk_flags & SK_ROW_END) != 0) return false;
  }
  member += position;
  *operand = {(member->sk_flags & SK_ISNULL) != 0, member->sk_argument, exprType(stripped(node))};
  return true;
}

// (a, b) < (x, y): a < x, or a = x and b < y. What cannot be said ends the list, and is included.
Condition row_condition(const Terms& terms, const RowCompareExpr* expr) {
  OrderStep steps[kMaxSteps];
  const int length = list_length(expr->largs);
  int count = 0;
  bool closed = false;  // what ties on all steps is no part of it
  for (; count < length && count < kMaxSteps; count++) {
    const ColumnId attnum = column_of(terms, static_cast<Node*>(list_nth(expr->largs, count)));
    const Oid op = list_nth_oid(expr->opnos, count);
    Operand operand;
    if (attnum == 0 || !is_plain_operator(op) || !row_operand(terms, expr, count, &operand)) break;
    if (operand.null) {
      closed = true;
      break;
    }
    if (!order_step(terms, attnum, op, list_nth_oid(expr->inputcollids, count), operand, &steps[count]))
      break;
  }
  const bool strict = expr->rctype == ROWCOMPARE_LT || expr->rctype == ROWCOMPARE_GT;
  if (count == length) closed = strict;
  if (count < length && !closed) *terms.widened = true;
  if (count == 0) return closed ? never() : always();
  return up_to(steps, count, !closed);
}

Condition comparison_unknown(const Terms& terms, const OpExpr* expr) {
  if (list_length(expr->args) != 2) return unknown(terms);
  const ColumnId attnum = column_of(terms, static_cast<Node*>(linitial(expr->args)));
  Operand operand;
  if (attnum == 0 || !is_comparison(terms, attnum, expr->opno, expr->inputcollid) ||
      !operand_value(terms, static_cast<Node*>(lsecond(expr->args)), false, &operand) || operand.null)
    return unknown(terms);
  return null_test(attnum, true);
}

Condition when_unknown(const Terms& terms, Node* node) {
  if (IsA(node, OpExpr)) return comparison_unknown(terms, reinterpret_cast<OpExpr*>(node));
  const ColumnId attnum = column_of(terms, node);
  return is_boolean_column(terms, attnum) ? null_test(attnum, true) : unknown(terms);
}

Condition constant_condition(const Terms& terms, Node* qual, bool wanted) {
  Operand operand;
  if (exprType(qual) != BOOLOID || !resolve_operand(terms.operands, qual, &operand)) return unknown(terms);
  return !operand.null && DatumGetBool(operand.value) == wanted ? always() : never();
}

// CASE WHEN a THEN x WHEN b THEN y ELSE z END: a and x, or b and y where a is not true, or z where none is.
Condition case_condition(const Terms& terms, const CaseExpr* expr, bool wanted) {
  if (expr->arg != nullptr) return unknown(terms);
  Condition result = never();
  Condition none_before = always();
  ListCell* cell;
  foreach (cell, expr->args) {
    const CaseWhen* when = reinterpret_cast<CaseWhen*>(lfirst(cell));
    Node* test = reinterpret_cast<Node*>(when->expr);
    Node* value = reinterpret_cast<Node*>(when->result);
    const Condition chosen = both(none_before, when_true(terms, test));
    result = either(result, both(chosen, wanted ? when_true(terms, value) : when_false(terms, value)));
    none_before = both(none_before, either(when_false(terms, test), when_unknown(terms, test)));
  }
  Node* otherwise = reinterpret_cast<Node*>(expr->defresult);
  if (otherwise == nullptr) return result;
  return either(result,
                both(none_before, wanted ? when_true(terms, otherwise) : when_false(terms, otherwise)));
}

Condition when_null(const Terms& terms, Node* node) {
  node = stripped(node);
  if (IsA(node, Const)) return reinterpret_cast<Const*>(node)->constisnull ? always() : never();
  const ColumnId attnum = column_of(terms, node);
  return attnum != 0 ? null_test(attnum, true) : unknown(terms);
}

// coalesce(a, b) op x: a op x, or b op x where a is null.
Condition coalesce_condition(const Terms& terms, const OpExpr* expr, bool wanted) {
  const CoalesceExpr* coalesce = reinterpret_cast<CoalesceExpr*>(linitial(expr->args));
  Condition result = never();
  Condition none_before = always();
  ListCell* cell;
  foreach (cell, coalesce->args) {
    Node* arg = static_cast<Node*>(lfirst(cell));
    // Operands are remembered by their address for as long as the statement runs.
    const MemoryContext before = MemoryContextSwitchTo(terms.operands->node->state->es_query_cxt);
    OpExpr* part = makeNode(OpExpr);
    *part = *expr;
    part->args = list_make2(arg, lsecond(expr->args));
    MemoryContextSwitchTo(before);
    Node* qual = reinterpret_cast<Node*>(part);
    const Condition holds =
        column_of(terms, arg) != 0 ? convert(terms, qual, wanted) : constant_condition(terms, qual, wanted);
    result = either(result, both(none_before, holds));
    none_before = both(none_before, when_null(terms, arg));
  }
  return result;
}

Condition truth_test(const Terms& terms, const BooleanTest* test, bool negated) {
  Node* arg = reinterpret_cast<Node*>(test->arg);
  switch (test->booltesttype) {
    case IS_TRUE:
    case IS_NOT_TRUE:
      if ((test->booltesttype == IS_TRUE) != negated) return when_true(terms, arg);
      return either(when_false(terms, arg), when_unknown(terms, arg));
    case IS_FALSE:
    case IS_NOT_FALSE:
      if ((test->booltesttype == IS_FALSE) != negated) return when_false(terms, arg);
      return either(when_true(terms, arg), when_unknown(terms, arg));
    case IS_UNKNOWN:
    case IS_NOT_UNKNOWN:
      if ((test->booltesttype == IS_UNKNOWN) != negated) return when_unknown(terms, arg);
      return either(when_true(terms, arg), when_false(terms, arg));
  }
  return always();
}

Condition distinct_condition(const Terms& terms, const DistinctExpr* expr, bool negated) {
  Oid op = expr->opno;
  Node* operand_node = static_cast<Node*>(lsecond(expr->args));
  ColumnId attnum = column_of(terms, static_cast<Node*>(linitial(expr->args)));
  if (attnum == 0) {
    attnum = column_of(terms, operand_node);
    operand_node = static_cast<Node*>(linitial(expr->args));
    op = get_commutator(op);
  }
  Operand operand;
  if (attnum == 0 || !is_plain_operator(op)) return unknown(terms);
  if (!operand_value(terms, operand_node, false, &operand)) return unknown(terms);
  if (operand.null) return null_test(attnum, negated);
  if (negated) return compare(terms, attnum, op, expr->inputcollid, operand);
  const Oid differs = get_negator(op);
  if (!is_plain_operator(differs)) return unknown(terms);
  return either(compare(terms, attnum, differs, expr->inputcollid, operand), null_test(attnum, true));
}

Condition connected(const Terms& terms, List* args, bool conjunction, bool wanted) {
  Condition result = conjunction ? always() : never();
  ListCell* cell;
  foreach (cell, args) {
    Node* arg = static_cast<Node*>(lfirst(cell));
    const Condition part = wanted ? when_true(terms, arg) : when_false(terms, arg);
    result = conjunction ? both(result, part) : either(result, part);
  }
  return result;
}

// An expression without columns that nobody can say the value of is not one that is missing for good.
bool is_of_coalesce(const OpExpr* expr) {
  return list_length(expr->args) == 2 && IsA(linitial(expr->args), CoalesceExpr) &&
         !has_columns(static_cast<Node*>(lsecond(expr->args)), nullptr);
}

Condition convert(const Terms& terms, Node* qual, bool wanted) {
  check_stack_depth();
  const ColumnId attnum = IsA(qual, Var) || IsA(qual, FuncExpr) ? column_of(terms, qual) : 0;
  if (attnum != 0)
    return is_boolean_column(terms, attnum) ? boolean_column(terms, attnum, wanted) : unknown(terms);
  switch (nodeTag(qual)) {
    case T_List:
      return connected(terms, reinterpret_cast<List*>(qual), wanted, wanted);
    case T_BoolExpr: {
      const BoolExpr* expr = reinterpret_cast<BoolExpr*>(qual);
      if (FRESHET_MUTANT_IS(OR_KEEPS_ONE_ARM) && expr->boolop == OR_EXPR)
        return convert(terms, static_cast<Node*>(linitial(expr->args)), wanted);
      if (expr->boolop == NOT_EXPR) return convert(terms, static_cast<Node*>(linitial(expr->args)), !wanted);
      return connected(terms, expr->args, (expr->boolop == AND_EXPR) == wanted, wanted);
    }
    case T_OpExpr:
      if (is_of_coalesce(reinterpret_cast<OpExpr*>(qual)))
        return coalesce_condition(terms, reinterpret_cast<OpExpr*>(qual), wanted);
      return operator_condition(terms, reinterpret_cast<OpExpr*>(qual), !wanted);
    case T_ScalarArrayOpExpr:
      return list_condition(terms, reinterpret_cast<ScalarArrayOpExpr*>(qual), !wanted);
    case T_CaseExpr:
      return case_condition(terms, reinterpret_cast<CaseExpr*>(qual), wanted);
    case T_RowCompareExpr:
      return wanted ? row_condition(terms, reinterpret_cast<RowCompareExpr*>(qual)) : unknown(terms);
    case T_DistinctExpr:
      return distinct_condition(terms, reinterpret_cast<DistinctExpr*>(qual), !wanted);
    case T_BooleanTest:
      return truth_test(terms, reinterpret_cast<BooleanTest*>(qual), !wanted);
    case T_NullTest: {
      const NullTest* test = reinterpret_cast<NullTest*>(qual);
      const ColumnId tested = column_of(terms, reinterpret_cast<Node*>(test->arg));
      if (tested == 0 || test->argisrow) return unknown(terms);
      return null_test(tested, (test->nulltesttype == IS_NULL) == wanted);
    }
    case T_SubPlan:
      return in_subplan(terms, reinterpret_cast<SubPlan*>(qual), wanted);
    case T_Const:
    case T_Param:
      return constant_condition(terms, qual, wanted);
    default:
      return unknown(terms);
  }
}

Condition when_false(const Terms& terms, Node* qual) { return convert(terms, qual, false); }

}  // namespace

Condition when_true(const Terms& terms, Node* qual) {
  return qual == nullptr ? always() : convert(terms, qual, true);
}

}  // namespace freshet::read_set
