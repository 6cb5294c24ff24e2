#include "advise/plan_notes.h"

#include "read_set/order_dependence.h"

extern "C" {
#include "access/stratnum.h"
#include "access/transam.h"
#include "executor/instrument.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
}

namespace freshet::advise {
namespace {

// `side op other` as something that a btree index could look up. The strategy, or 0.
int index_strategy(Oid op) {
  int strategy = 0;
  List* interpretations = get_op_btree_interpretation(op);
  ListCell* cell;
  foreach (cell, interpretations) {
    const OpBtreeInterpretation* each = static_cast<OpBtreeInterpretation*>(lfirst(cell));
    if (each->strategy >= BTLessStrategyNumber && each->strategy <= BTGreaterStrategyNumber)
      strategy = each->strategy;
  }
  return strategy;
}

// The text of an index column; nullptr where there can be none.
char* column_text(Node* side, Index scan, Relation relation) {
  if (!contain_var_clause(side) || contain_mutable_functions(side) || contain_subplans(side)) return nullptr;
  Node* plain = side;
  while (IsA(plain, RelabelType)) plain = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(plain)->arg);
  List* context = deparse_context_for(RelationGetRelationName(relation), RelationGetRelid(relation));
  if (!IsA(plain, Var)) {
    Node* alone = static_cast<Node*>(copyObjectImpl(side));
    ChangeVarNodes(alone, static_cast<int>(scan), 1, 0);  // the only relation of the context
    return psprintf("(%s)", deparse_expression(alone, context, false, false));
  }
  const Var* var = reinterpret_cast<Var*>(plain);
  if (var->varattno <= 0) return nullptr;
  const char* name = get_attname(RelationGetRelid(relation), var->varattno, true);
  return name == nullptr ? nullptr : pstrdup(quote_identifier(name));
}

struct Condition {
  char* column;
  bool equality;
};

bool condition_of(Node* clause, Index scan, Relation relation, Condition* condition) {
  Node* left;
  Node* right;
  int strategy;
  if (IsA(clause, OpExpr) && list_length(reinterpret_cast<OpExpr*>(clause)->args) == 2) {
    const OpExpr* expression = reinterpret_cast<OpExpr*>(clause);
    left = static_cast<Node*>(linitial(expression->args));
    right = static_cast<Node*>(lsecond(expression->args));
    strategy = index_strategy(expression->opno);
  } else if (IsA(clause, ScalarArrayOpExpr) && reinterpret_cast<ScalarArrayOpExpr*>(clause)->useOr) {
    const ScalarArrayOpExpr* expression = reinterpret_cast<ScalarArrayOpExpr*>(clause);
    left = static_cast<Node*>(linitial(expression->args));
    right = static_cast<Node*>(lsecond(expression->args));
    strategy = index_strategy(expression->opno);
  } else {
    return false;
  }
  if (strategy == 0) return false;
  if (contain_var_clause(left) && contain_var_clause(right)) return false;
  condition->column = column_text(contain_var_clause(left) ? left : right, scan, relation);
  condition->equality = strategy == BTEqualStrategyNumber;
  return condition->column != nullptr;
}

bool is_listed(const List* columns, const char* column) {
  ListCell* cell;
  foreach (cell, columns) {
    if (strcmp(static_cast<char*>(lfirst(cell)), column) == 0) return true;
  }
  return false;
}

// nullptr: there is nothing that an index could look up.
char* index_columns(const List* quals, Index scan, Relation relation) {
  List* columns = NIL;
  char* range = nullptr;
  ListCell* cell;
  foreach (cell, quals) {
    Condition condition = {};
    if (!condition_of(static_cast<Node*>(lfirst(cell)), scan, relation, &condition)) continue;
    if (!condition.equality) {
      if (range == nullptr) range = condition.column;
    } else if (!is_listed(columns, condition.column)) {
      columns = lappend(columns, condition.column);
    }
  }
  if (range != nullptr && !is_listed(columns, range)) columns = lappend(columns, range);
  if (columns == NIL) return nullptr;
  StringInfoData text;
  initStringInfo(&text);
  foreach (cell, columns) {
    appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", static_cast<char*>(lfirst(cell)));
  }
  return text.data;
}

void note_scan(PlanState* node, PlanNotes* notes) {
  const Relation relation = reinterpret_cast<ScanState*>(node)->ss_currentRelation;
  if (relation == nullptr || node->instrument == nullptr || node->plan->qual == NIL) return;
  if (RelationGetRelid(relation) < FirstNormalObjectId) return;
  InstrEndLoop(node->instrument);
  ScanNote* note = static_cast<ScanNote*>(palloc0(sizeof(ScanNote)));
  note->table = RelationGetRelid(relation);
  note->kept = node->instrument->ntuples;
  note->read = node->instrument->ntuples + node->instrument->nfiltered1;
  note->columns = index_columns(node->plan->qual, reinterpret_cast<Scan*>(node->plan)->scanrelid, relation);
  if (note->columns != nullptr) notes->scans = lappend(notes->scans, note);
}

bool visit(PlanState* node, void* context) {
  PlanNotes* notes = static_cast<PlanNotes*>(context);
  switch (nodeTag(node)) {
    case T_SeqScanState:
      note_scan(node, notes);
      break;
    case T_LimitState: {
      const LimitState* limit = reinterpret_cast<LimitState*>(node);
      if (!limit->noCount) notes->limited = true;
      if (limit->offset > notes->offset) notes->offset = limit->offset;
      if (!read_set::has_defined_order(outerPlanState(node))) notes->unordered_limit = true;
      break;
    }
    default:
      break;
  }
  return walk_plan_state(node, visit, context);
}

}  // namespace

PlanNotes plan_notes(QueryDesc* query) {
  PlanNotes notes = {};
  visit(query->planstate, &notes);
  ListCell* cell;
  foreach (cell, query->estate->es_subplanstates) {
    PlanState* root = static_cast<PlanState*>(lfirst(cell));
    if (root != nullptr) visit(root, &notes);
  }
  return notes;
}

}  // namespace freshet::advise
