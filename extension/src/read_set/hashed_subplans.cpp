#include "row_key/row_key.h"

#include "read_set/hashed_subplans.h"

#include <algorithm>

#include "compat.h"
#include "mutant.h"
#include "read_set/comparisons.h"
#include "read_set/term_columns.h"

extern "C" {
#include "executor/executor.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
}

namespace freshet::read_set {
namespace {

// One column of the sub-query, and what it is compared with.
struct Compared {
  ColumnId column;
  Oid op;
  Oid collation;
  Oid type;  // of the sub-query's column
};

const SubPlanState* state_of(const PlanState* node, const SubPlan* plan) {
  ListCell* cell;
  foreach (cell, node->subPlan) {
    const SubPlanState* state = reinterpret_cast<const SubPlanState*>(lfirst(cell));
    if (state->subplan == plan) return state;
  }
  return nullptr;
}

// Filled once, and never again: nothing that it is made from changes between runs of the scan.
bool is_filled(const SubPlanState* state) {
  return state != nullptr && state->subplan->useHashTable && state->subplan->subLinkType == ANY_SUBLINK &&
         state->hashtable != nullptr && state->planstate->chgParam == nullptr &&
         bms_is_empty(state->planstate->plan->extParam) && state->subplan->parParam == NIL;
}

bool describe(const Terms& terms, const SubPlan* plan, Node* test, Compared* compared) {
  if (!IsA(test, OpExpr)) return false;
  const OpExpr* expr = reinterpret_cast<const OpExpr*>(test);
  if (list_length(expr->args) != 2 || !is_plain_operator(expr->opno)) return false;
  Node* right = stripped(static_cast<Node*>(lsecond(expr->args)));
  compared->column = column_of(terms, static_cast<Node*>(linitial(expr->args)));
  compared->op = expr->opno;
  compared->collation = expr->inputcollid;
  compared->type = exprType(right);
  return compared->column != 0 && IsA(right, Param);
}

// Reads column `position` (from 1) of all rows in the table. False: too many.
bool values_of(const SubPlanState* state, int position, Datum* values, int* count) {
  TupleHashTable table = state->hashtable;
  TupleHashIterator at;
  *count = 0;
  InitTupleHashIterator(table, &at);
  while (const TupleHashEntry entry = ScanTupleHashTable(table, &at)) {
    if (*count == static_cast<int>(kMaxHashes)) return false;
    ExecStoreMinimalTuple(entry->firstTuple, table->tableslot, false);
    bool null;
    // Points into the table's own tuple, which stays where it is.
    values[*count] = slot_getattr(table->tableslot, position, &null);
    if (null) return false;
    (*count)++;
    if (FRESHET_MUTANT_IS(SUBQUERY_KEEPS_ONE_VALUE)) break;
  }
  return true;
}

Condition one_of(const Terms& terms, const Compared& compared, const Datum* values, int count) {
  RowKeyCodec* codec = codec_of(terms, compared.column);
  if (!row_key_is_equality(codec, compared.op, compared.collation)) return unknown(terms);
  uint64* hashes = static_cast<uint64*>(palloc(sizeof(uint64) * Max(count, 1)));
  for (int i = 0; i < count; i++) {
    if (!row_key_operand_eq(codec, compared.type, values[i], &hashes[i])) return unknown(terms);
  }
  return one_of_hashes(compared.column, hashes, count);
}

}  // namespace

Condition in_subplan(const Terms& terms, const SubPlan* plan, bool wanted) {
  const SubPlanState* state = state_of(terms.operands->node, plan);
  if (!is_filled(state)) return unknown(terms);
  Node* test = plan->testexpr;
  List* tests = IsA(test, BoolExpr) ? reinterpret_cast<BoolExpr*>(test)->args : list_make1(test);
  const bool nothing = !state->havehashrows && !state->havenullrows;
  if (nothing) return wanted ? never() : always();
  if (!wanted && list_length(tests) != 1) return unknown(terms);
  if (!wanted && state->havenullrows) return never();
  Datum* values = static_cast<Datum*>(palloc(sizeof(Datum) * kMaxHashes));
  Condition result = always();
  int position = 0;
  ListCell* cell;
  foreach (cell, tests) {
    Compared compared;
    int count;
    position++;
    if (!describe(terms, plan, static_cast<Node*>(lfirst(cell)), &compared) ||
        !values_of(state, position, values, &count)) {
      *terms.widened = true;
      continue;
    }
    if (wanted) {
      result = both(result, one_of(terms, compared, values, count));
      continue;
    }
    const Oid differs = get_negator(compared.op);
    result = outside(terms, compared.column, differs, compared.collation, compared.type, values, count);
    // An EXISTS takes null for a value that nothing equals.
    if (plan->unknownEqFalse) result = either(result, null_test(compared.column, true));
  }
  return result;
}

}  // namespace freshet::read_set
