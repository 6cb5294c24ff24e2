#include "row_key/row_key.h"

#include "read_set/atoms.h"

#include <algorithm>

#include "compat.h"
#include "mutant.h"
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

Condition null_test(ColumnId attnum, bool is_null) {
  Atom atom{};
  atom.attnum = attnum;
  atom.kind = is_null ? wire::AtomKind::kIsNull : wire::AtomKind::kIsNotNull;
  return of_atom(atom);
}

Condition equal_to(ColumnId attnum, uint64 hash) {
  uint64* hashes = static_cast<uint64*>(palloc(sizeof(uint64)));
  hashes[0] = hash;
  Atom atom{};
  atom.attnum = attnum;
  atom.kind = wire::AtomKind::kEq;
  atom.hash_count = 1;
  atom.hashes = hashes;
  return of_atom(atom);
}

Condition in_range(ColumnId attnum, int strategy, const StringInfoData& key) {
  Atom atom{};
  atom.attnum = attnum;
  atom.kind = wire::AtomKind::kRange;
  const uint8* bytes = reinterpret_cast<const uint8*>(key.data);
  const uint32 size = static_cast<uint32>(key.len);
  if (strategy != BTLessStrategyNumber && strategy != BTLessEqualStrategyNumber) {
    atom.range |= wire::kRangeHasLo;
    atom.lo = bytes;
    atom.lo_size = size;
    if (strategy != BTGreaterStrategyNumber) atom.range |= wire::kRangeLoInclusive;
  }
  if (strategy != BTGreaterStrategyNumber && strategy != BTGreaterEqualStrategyNumber) {
    atom.range |= wire::kRangeHasHi;
    atom.hi = bytes;
    atom.hi_size = size;
    if (strategy != BTLessStrategyNumber) atom.range |= wire::kRangeHiInclusive;
  }
  return of_atom(atom);
}

// The order key of an operand of `column op operand`. False: it has none.
bool order_key(RowKeyCodec* codec, const Operand& operand, StringInfo key) {
  initStringInfo(key);
  return row_key_operand_order(codec, operand.type, operand.value, key);
}

// Whether `op` is "not equal" in the order of the column's keys. Equality hashes cannot tell that two values
// differ, order keys can.
bool is_inequality(RowKeyCodec* codec, Oid op, Oid collation) {
  const Oid equality = get_negator(op);
  return OidIsValid(equality) && row_key_order_strategy(codec, equality, collation) == BTEqualStrategyNumber;
}

// Rows whose column is none of the keys, which are ascending: what lies between them.
Condition none_of(ColumnId attnum, const StringInfoData* keys, int count) {
  Condition result = never();
  for (int i = 0; i <= count; i++) {
    Atom atom{};
    atom.attnum = attnum;
    atom.kind = wire::AtomKind::kRange;
    if (i > 0) {
      atom.range |= wire::kRangeHasLo;
      atom.lo = reinterpret_cast<const uint8*>(keys[i - 1].data);
      atom.lo_size = static_cast<uint32>(keys[i - 1].len);
    }
    if (i < count) {
      atom.range |= wire::kRangeHasHi;
      atom.hi = reinterpret_cast<const uint8*>(keys[i].data);
      atom.hi_size = static_cast<uint32>(keys[i].len);
    }
    result = either(result, of_atom(atom));
  }
  return result;
}

bool is_prefix_operator(Oid op) {
  const RegProcedure function = get_opcode(op);
  return function == F_TEXTLIKE || function == F_STARTS_WITH;
}

// Rows with a text that begins as the pattern does, for LIKE and ^@ alike: up to where a wildcard may stand.
// Order keys of text are its bytes, so that all of them lie between the prefix and its successor.
Condition with_prefix(ColumnId attnum, RowKeyCodec* codec, const Operand& pattern) {
  char* prefix = TextDatumGetCString(pattern.value);
  prefix[strcspn(prefix, "%_\\")] = '\0';
  Size size = strlen(prefix);
  StringInfoData lo;
  StringInfoData hi;
  const Condition not_null = null_test(attnum, false);
  if (size == 0 || !order_key(codec, Operand{false, CStringGetTextDatum(prefix), TEXTOID}, &lo))
    return not_null;
  const Condition above = in_range(attnum, BTGreaterEqualStrategyNumber, lo);
  while (size > 0 && static_cast<uint8>(prefix[size - 1]) == 0xff) size--;
  if (size == 0) return above;
  prefix[size - 1]++;
  prefix[size] = '\0';
  if (!order_key(codec, Operand{false, CStringGetTextDatum(prefix), TEXTOID}, &hi)) return above;
  return both(above, in_range(attnum, BTLessStrategyNumber, hi));
}

// Rows with `column op value` TRUE; `value` is not null, `op` is strict and has the column on its left.
Condition compare(const Terms& terms, ColumnId attnum, Oid op, Oid collation, const Operand& operand) {
  RowKeyCodec* codec = codec_of(terms, attnum);
  if (row_key_is_equality(codec, op, collation)) {
    uint64 hash;
    if (row_key_operand_eq(codec, operand.type, operand.value, &hash)) return equal_to(attnum, hash);
  }
  StringInfoData key;
  const int strategy = row_key_order_strategy(codec, op, collation);
  if (strategy != 0 && order_key(codec, operand, &key)) return in_range(attnum, strategy, key);
  if (strategy == 0 && is_inequality(codec, op, collation) && order_key(codec, operand, &key))
    return none_of(attnum, &key, 1);
  if (strategy == 0 && is_prefix_operator(op)) return with_prefix(attnum, codec, operand);
  return null_test(attnum, false);
}

// A comparison says something about a row only if it is a fixed function of it and NULL in gives NULL out.
bool is_plain_operator(Oid op) {
  return OidIsValid(op) && op_strict(op) &&
         (op_volatile(op) == PROVOLATILE_IMMUTABLE || FRESHET_MUTANT_IS(STABLE_OPERATORS_TAKEN));
}

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
  if (list_length(expr->args) != 2) return always();
  Oid op = expr->opno;
  Node* operand_node = static_cast<Node*>(lsecond(expr->args));
  ColumnId attnum = column_of(terms, static_cast<Node*>(linitial(expr->args)));
  if (attnum == 0) {
    attnum = column_of(terms, operand_node);
    operand_node = static_cast<Node*>(linitial(expr->args));
    op = get_commutator(op);
  }
  if (attnum == 0 || !is_plain_operator(op)) return always();
  Operand operand;
  if (!operand_value(terms, operand_node, false, &operand)) return always();
  if (operand.null) return never();
  if (negated) op = get_negator(op);
  // Without a negator that is known, still nothing but a row with a value can be FALSE.
  if (!is_plain_operator(op)) return null_test(attnum, false);
  return compare(terms, attnum, op, expr->inputcollid, operand);
}

// Rows with `column <> ALL (values)` TRUE.
Condition outside_of(ColumnId attnum, RowKeyCodec* codec, Oid type, const Datum* values, const bool* nulls,
                     int count) {
  if (count >= kMaxDisjuncts) return null_test(attnum, false);
  StringInfoData* keys = static_cast<StringInfoData*>(palloc(sizeof(StringInfoData) * count));
  for (int i = 0; i < count; i++) {
    if (nulls[i]) return never();
    if (!order_key(codec, Operand{false, values[i], type}, &keys[i])) return null_test(attnum, false);
  }
  const auto before = [](const StringInfoData& a, const StringInfoData& b) {
    const int order = memcmp(a.data, b.data, static_cast<Size>(Min(a.len, b.len)));
    return order != 0 ? order < 0 : a.len < b.len;
  };
  std::sort(keys, keys + count, before);
  int distinct = 0;
  for (int i = 0; i < count; i++) {
    if (distinct == 0 || before(keys[distinct - 1], keys[i])) keys[distinct++] = keys[i];
  }
  return none_of(attnum, keys, distinct);
}

// Rows for which `column op` holds for some (any) or all elements.
Condition over_elements(const Terms& terms, ColumnId attnum, Oid op, Oid collation, ArrayType* array,
                        bool any) {
  const Oid type = ARR_ELEMTYPE(array);
  int16 length;
  bool by_value;
  char align;
  get_typlenbyvalalign(type, &length, &by_value, &align);
  Datum* values;
  bool* nulls;
  int count;
  deconstruct_array(array, type, length, by_value, align, &values, &nulls, &count);
  RowKeyCodec* codec = codec_of(terms, attnum);
  if (any && row_key_is_equality(codec, op, collation)) {
    uint64* hashes = static_cast<uint64*>(palloc(sizeof(uint64) * Max(count, 1)));
    int known = 0;
    bool complete = true;
    for (int i = 0; i < count && complete; i++) {
      if (nulls[i]) continue;
      complete = row_key_operand_eq(codec, type, values[i], &hashes[known]);
      if (complete) known++;
    }
    if (!complete) return always();
    if (known == 0) return never();
    std::sort(hashes, hashes + known);
    Atom atom{};
    atom.attnum = attnum;
    atom.hashes = hashes;
    atom.hash_count = static_cast<uint32>(std::unique(hashes, hashes + known) - hashes);
    atom.kind = atom.hash_count == 1 ? wire::AtomKind::kEq : wire::AtomKind::kIn;
    if (atom.hash_count > kMaxHashes) return null_test(attnum, false);
    return of_atom(atom);
  }
  if (!any && count > 0 && is_inequality(codec, op, collation))
    return outside_of(attnum, codec, type, values, nulls, count);
  if (count > kMaxDisjuncts) return count > 0 ? null_test(attnum, false) : always();
  Condition result = any ? never() : always();
  for (int i = 0; i < count; i++) {
    const Condition element =
        nulls[i] ? never() : compare(terms, attnum, op, collation, Operand{false, values[i], type});
    result = any ? either(result, element) : both(result, element);
  }
  return result;
}

Condition list_condition(const Terms& terms, const ScalarArrayOpExpr* expr, bool negated) {
  const ColumnId attnum = column_of(terms, static_cast<Node*>(linitial(expr->args)));
  if (attnum == 0 || !is_plain_operator(expr->opno)) return always();
  Operand operand;
  if (!operand_value(terms, static_cast<Node*>(lsecond(expr->args)), true, &operand)) return always();
  if (operand.null) return never();
  // NOT (x op ANY list) is "not op for all", NOT (x op ALL list) "not op for some".
  const Oid op = negated ? get_negator(expr->opno) : expr->opno;
  const bool any = expr->useOr != negated;
  if (!is_plain_operator(op)) return always();
  return over_elements(terms, attnum, op, expr->inputcollid, DatumGetArrayTypeP(operand.value), any);
}

// (a, b) < (x, y) needs a <= x, whatever the rest says.
Condition row_condition(const Terms& terms, const RowCompareExpr* expr) {
  const ColumnId attnum = column_of(terms, static_cast<Node*>(linitial(expr->largs)));
  const Oid op = linitial_oid(expr->opnos);
  if (attnum == 0 || !is_plain_operator(op)) return always();
  Node* operand_node = static_cast<Node*>(linitial(expr->rargs));
  Operand operand;
  if (!resolve_operand(terms.operands, operand_node, &operand)) {
    if (terms.key == nullptr || (terms.key->sk_flags & SK_ROW_HEADER) == 0) {
      *terms.missing = true;
      return always();
    }
    const ScanKeyData* first = reinterpret_cast<const ScanKeyData*>(DatumGetPointer(terms.key->sk_argument));
    operand = {(first->sk_flags & SK_ISNULL) != 0, first->sk_argument, exprType(stripped(operand_node))};
  }
  if (operand.null) return never();
  RowKeyCodec* codec = codec_of(terms, attnum);
  StringInfoData key;
  initStringInfo(&key);
  switch (row_key_order_strategy(codec, op, linitial_oid(expr->inputcollids))) {
    case BTLessStrategyNumber:
    case BTLessEqualStrategyNumber:
      if (!row_key_operand_order(codec, operand.type, operand.value, &key)) return always();
      return in_range(attnum, BTLessEqualStrategyNumber, key);
    case BTGreaterStrategyNumber:
    case BTGreaterEqualStrategyNumber:
      if (!row_key_operand_order(codec, operand.type, operand.value, &key)) return always();
      return in_range(attnum, BTGreaterEqualStrategyNumber, key);
    default:
      return always();
  }
}

Condition boolean_column(const Terms& terms, ColumnId attnum, bool value) {
  uint64 hash;
  RowKeyCodec* codec = codec_of(terms, attnum);
  return row_key_eq(codec, BoolGetDatum(value), &hash) ? equal_to(attnum, hash) : always();
}

// Whether a strict operator yields null for nulls alone: comparisons do.
bool is_comparison(const Terms& terms, ColumnId attnum, Oid op, Oid collation) {
  RowKeyCodec* codec = codec_of(terms, attnum);
  return is_plain_operator(op) &&
         (row_key_is_equality(codec, op, collation) || row_key_order_strategy(codec, op, collation) != 0 ||
          is_inequality(codec, op, collation));
}

Condition comparison_unknown(const Terms& terms, const OpExpr* expr) {
  if (list_length(expr->args) != 2) return always();
  const ColumnId attnum = column_of(terms, static_cast<Node*>(linitial(expr->args)));
  Operand operand;
  if (attnum == 0 || !is_comparison(terms, attnum, expr->opno, expr->inputcollid) ||
      !operand_value(terms, static_cast<Node*>(lsecond(expr->args)), false, &operand) || operand.null)
    return always();
  return null_test(attnum, true);
}

Condition when_unknown(const Terms& terms, Node* node) {
  if (IsA(node, OpExpr)) return comparison_unknown(terms, reinterpret_cast<OpExpr*>(node));
  const ColumnId attnum = column_of(terms, node);
  return is_boolean_column(terms, attnum) ? null_test(attnum, true) : always();
}

Condition constant_condition(const Terms& terms, Node* qual, bool wanted) {
  Operand operand;
  if (exprType(qual) != BOOLOID || !resolve_operand(terms.operands, qual, &operand)) return always();
  return !operand.null && DatumGetBool(operand.value) == wanted ? always() : never();
}

// CASE WHEN a THEN x WHEN b THEN y ELSE z END: a and x, or b and y where a is not true, or z where none is.
Condition case_condition(const Terms& terms, const CaseExpr* expr, bool wanted) {
  if (expr->arg != nullptr) return always();
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
  return attnum != 0 ? null_test(attnum, true) : always();
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
  if (attnum == 0 || !is_plain_operator(op)) return always();
  if (!operand_value(terms, operand_node, false, &operand)) return always();
  if (operand.null) return null_test(attnum, negated);
  if (negated) return compare(terms, attnum, op, expr->inputcollid, operand);
  const Oid differs = get_negator(op);
  if (!is_plain_operator(differs)) return always();
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
  if (attnum != 0) return is_boolean_column(terms, attnum) ? boolean_column(terms, attnum, wanted) : always();
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
      return wanted ? row_condition(terms, reinterpret_cast<RowCompareExpr*>(qual)) : always();
    case T_DistinctExpr:
      return distinct_condition(terms, reinterpret_cast<DistinctExpr*>(qual), !wanted);
    case T_BooleanTest:
      return truth_test(terms, reinterpret_cast<BooleanTest*>(qual), !wanted);
    case T_NullTest: {
      const NullTest* test = reinterpret_cast<NullTest*>(qual);
      const ColumnId tested = column_of(terms, reinterpret_cast<Node*>(test->arg));
      if (tested == 0 || test->argisrow) return always();
      return null_test(tested, (test->nulltesttype == IS_NULL) == wanted);
    }
    case T_Const:
    case T_Param:
      return constant_condition(terms, qual, wanted);
    default:
      return always();
  }
}

Condition when_false(const Terms& terms, Node* qual) { return convert(terms, qual, false); }

}  // namespace

Condition when_true(const Terms& terms, Node* qual) {
  return qual == nullptr ? always() : convert(terms, qual, true);
}

}  // namespace freshet::read_set
