#include "registry/origin.h"

#include "registry/key_id.h"

extern "C" {
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
}

namespace freshet {
namespace {

List* targets_of(const Query* query) {
  return query->commandType == CMD_SELECT ? query->targetList : query->returningList;
}

char* id_of_target(List* outer, Query* query, AttrNumber column) {
  if (query == nullptr || column <= 0 || query->setOperations != nullptr || query->groupingSets != NIL)
    return nullptr;
  ListCell* cell;
  foreach (cell, targets_of(query)) {
    TargetEntry* target = lfirst_node(TargetEntry, cell);
    if (target->resno == column && !target->resjunk)
      return id_of_column(lcons(query, list_copy(outer)), reinterpret_cast<Node*>(target->expr));
  }
  return nullptr;
}

// The queries around one that stands `levels` further out.
List* from_level(List* queries, int levels) {
  return list_length(queries) > levels ? list_copy_tail(queries, levels) : NIL;
}

char* id_of_cte(List* queries, const RangeTblEntry* entry, AttrNumber column) {
  List* around = from_level(queries, entry->ctelevelsup);
  if (around == NIL || entry->self_reference) return nullptr;
  ListCell* cell;
  foreach (cell, linitial_node(Query, around)->cteList) {
    CommonTableExpr* cte = lfirst_node(CommonTableExpr, cell);
    if (strcmp(cte->ctename, entry->ctename) == 0 && !cte->cterecursive && IsA(cte->ctequery, Query))
      return id_of_target(around, reinterpret_cast<Query*>(cte->ctequery), column);
  }
  return nullptr;
}

}  // namespace

char* id_of_column(List* queries, Node* expression) {
  check_stack_depth();
  while (expression != nullptr && IsA(expression, RelabelType))
    expression = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(expression)->arg);
  if (expression == nullptr || !IsA(expression, Var)) return nullptr;
  const Var* var = reinterpret_cast<Var*>(expression);
  List* here = from_level(queries, var->varlevelsup);
  if (here == NIL || var->varattno <= 0) return nullptr;
  Query* query = linitial_node(Query, here);
  if (var->varno < 1 || var->varno > list_length(query->rtable)) return nullptr;
  RangeTblEntry* entry = rt_fetch(var->varno, query->rtable);
  switch (entry->rtekind) {
    case RTE_RELATION:
      return key_id(entry->relid, var->varattno);
    case RTE_SUBQUERY:
      return id_of_target(here, entry->subquery, var->varattno);
    case RTE_CTE:
      return id_of_cte(here, entry, var->varattno);
    case RTE_JOIN:
      return id_of_column(here, static_cast<Node*>(list_nth(entry->joinaliasvars, var->varattno - 1)));
    default:
      return nullptr;
  }
}

}  // namespace freshet
