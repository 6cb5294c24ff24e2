#include "page/body_order.h"

#include "registry/function_shape.h"
#include "shape/expression.h"

extern "C" {
#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "nodes/bitmapset.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/typcache.h"
}

namespace freshet {
namespace {

// Expressions looked at for one function; what is beyond may be NULL.
constexpr int kMaxSteps = 200000;

// The targets that are columns of the result, in order; NIL when they are not one for one.
List* matching_targets(const Query* query, const PallocVector<ResultColumn>& results) {
  List* targets = NIL;
  ListCell* cell;
  foreach (cell, query->targetList) {
    TargetEntry* target = lfirst_node(TargetEntry, cell);
    if (!target->resjunk) targets = lappend(targets, target);
  }
  if (list_length(targets) != results.size) return NIL;
  return targets;
}

// A column that reaches the result as another type keeps its order only where both types share one.
bool keeps_order(Oid computed, Oid returned) {
  if (computed == returned) return true;
  computed = getBaseType(computed);
  returned = getBaseType(returned);
  const auto is_text = [](Oid type) { return type == TEXTOID || type == VARCHAROID; };
  return computed == returned || (is_text(computed) && is_text(returned));
}

// The column of the result that the sort expression is, or -1. `x COLLATE "C"` is the column x.
int result_of(const TargetEntry* sorted, List* targets, const PallocVector<ResultColumn>& results) {
  Node* expression = reinterpret_cast<Node*>(sorted->expr);
  for (int i = 0; i < results.size; i++) {
    const TargetEntry* target = list_nth_node(TargetEntry, targets, i);
    const Oid type = exprType(reinterpret_cast<Node*>(target->expr));
    if (!keeps_order(type, results[i].type)) continue;
    if (target == sorted || equal(target->expr, expression)) return i;
    if (IsA(expression, CollateExpr) && equal(target->expr, reinterpret_cast<CollateExpr*>(expression)->arg))
      return i;
  }
  return -1;
}

// True when every column of some unique, never null key of the table is among `attnums`.
bool covers_key(Oid table, const Bitmapset* attnums) {
  Relation relation = table_open(table, AccessShareLock);
  bool found = false;
  ListCell* cell;
  foreach (cell, RelationGetIndexList(relation)) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    const Form_pg_index form = index->rd_index;
    bool covers = form->indisunique && form->indimmediate && form->indisvalid &&
                  RelationGetIndexPredicate(index) == NIL && RelationGetIndexExpressions(index) == NIL;
    for (int i = 0; covers && i < form->indnkeyatts; i++) {
      const AttrNumber attnum = form->indkey.values[i];
      covers =
          bms_is_member(attnum, attnums) && TupleDescAttr(RelationGetDescr(relation), attnum - 1)->attnotnull;
    }
    index_close(index, AccessShareLock);
    found = found || covers;
  }
  table_close(relation, AccessShareLock);
  return found;
}

BodyOrder unknown(const char* problem) {
  BodyOrder order = {};
  order.problem = problem;
  return order;
}

}  // namespace

BodyOrder body_order(const Query* query, const PallocVector<ResultColumn>& results) {
  if (query->limitCount != nullptr || query->limitOffset != nullptr)
    return unknown("its body has a LIMIT or OFFSET of its own");
  if (query->commandType != CMD_SELECT || query->sortClause == NIL)
    return unknown("its body has no ORDER BY");
  List* targets = matching_targets(query, results);
  if (targets == NIL) return unknown("its body selects whole rows in one column");
  BodyOrder order = {};
  ListCell* cell;
  foreach (cell, query->sortClause) {
    const SortGroupClause* clause = lfirst_node(SortGroupClause, cell);
    const TargetEntry* target = get_sortgroupref_tle(clause->tleSortGroupRef, query->targetList);
    Node* expression = reinterpret_cast<Node*>(target->expr);
    const int i = result_of(target, targets, results);
    if (i < 0) return unknown("its ORDER BY holds what is no column of the result");
    const TypeCacheEntry* type = lookup_type_cache(exprType(expression), TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
    if (clause->sortop != type->lt_opr && clause->sortop != type->gt_opr)
      return unknown("its ORDER BY names an operator");
    bool again = false;
    for (int before = 0; before < order.columns.size; before++)
      again = again || strcmp(order.columns[before].name, results[i].name) == 0;
    if (again) continue;
    order.columns.push({results[i].name, results[i].type, exprCollation(expression),
                        clause->sortop == type->gt_opr, clause->nulls_first, results[i].nullable});
  }
  return order;
}

const char* why_not_unique(const Query* query, const PallocVector<ResultColumn>& results,
                           const PallocVector<OrderColumn>& order) {
  if (query->setOperations != nullptr || query->groupClause != NIL || query->distinctClause != NIL)
    return nullptr;
  List* targets = matching_targets(query, results);
  if (targets == NIL) return nullptr;
  for (int varno = 1; varno <= list_length(query->rtable); varno++) {
    const RangeTblEntry* entry = rt_fetch(varno, query->rtable);
    if (entry->rtekind != RTE_RELATION) continue;
    Bitmapset* attnums = nullptr;
    for (int i = 0; i < results.size; i++) {
      const Var* column = reinterpret_cast<Var*>(list_nth_node(TargetEntry, targets, i)->expr);
      bool sorts = false;
      for (int j = 0; j < order.size; j++) sorts = sorts || strcmp(order[j].name, results[i].name) == 0;
      if (sorts && IsA(column, Var) && static_cast<int>(column->varno) == varno && column->varlevelsup == 0 &&
          column->varattno > 0)
        attnums = bms_add_member(attnums, column->varattno);
    }
    if (attnums != nullptr && covers_key(entry->relid, attnums)) return nullptr;
  }
  return "no unique key of a table is among them";
}

void learn_nullable(const Function* function, Query* query, PallocVector<ResultColumn>* results) {
  if (matching_targets(query, *results) == NIL) return;
  int steps_left = kMaxSteps;
  const Parameters parameters = argument_shapes(function, &steps_left);
  const Scope scope = scope_of(&parameters, query, nullptr, 0);
  for (int i = 0; i < results->size; i++) (*results)[i].nullable = result_column(scope, i + 1)->nullable;
}

Oid collation_in_body(const Query* query, const PallocVector<ResultColumn>& results, const char* name) {
  List* targets = matching_targets(query, results);
  for (int i = 0; targets != NIL && i < results.size; i++) {
    if (strcmp(results[i].name, name) != 0) continue;
    Node* expression = reinterpret_cast<Node*>(list_nth_node(TargetEntry, targets, i)->expr);
    return keeps_order(exprType(expression), results[i].type) ? exprCollation(expression) : InvalidOid;
  }
  return InvalidOid;
}

}  // namespace freshet
