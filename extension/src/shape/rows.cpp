#include "shape/rows.h"

extern "C" {
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
}

namespace freshet {
namespace {

// Nothing may keep an INSERT … VALUES from returning its row.
bool inserts_a_row(const Query* query) {
  if (query->jointree->fromlist != NIL || query->onConflict != nullptr) return false;
  RangeTblEntry* entry = rt_fetch(query->resultRelation, query->rtable);
  if (get_rel_relkind(entry->relid) != RELKIND_RELATION) return false;
  Relation relation = RelationIdGetRelation(entry->relid);
  if (relation == nullptr) return false;
  bool plain = relation->rd_rules == nullptr &&
               (relation->trigdesc == nullptr || !relation->trigdesc->trig_insert_before_row);
  RelationClose(relation);
  return plain;
}

bool set_gives_a_row(const Query* query, Node* operation) {
  if (IsA(operation, RangeTblRef))
    return gives_a_row(rt_fetch(reinterpret_cast<RangeTblRef*>(operation)->rtindex, query->rtable)->subquery);
  const SetOperationStmt* stmt = reinterpret_cast<SetOperationStmt*>(operation);
  return stmt->op == SETOP_UNION &&
         (set_gives_a_row(query, stmt->larg) || set_gives_a_row(query, stmt->rarg));
}

const Query* query_of_cte(const Query* query, const RangeTblEntry* entry) {
  if (entry->ctelevelsup != 0 || entry->self_reference) return nullptr;
  ListCell* cell;
  foreach (cell, query->cteList) {
    const CommonTableExpr* cte = lfirst_node(CommonTableExpr, cell);
    if (strcmp(cte->ctename, entry->ctename) == 0 && !cte->cterecursive && IsA(cte->ctequery, Query))
      return reinterpret_cast<const Query*>(cte->ctequery);
  }
  return nullptr;
}

bool source_gives_a_row(const Query* query, Node* node) {
  if (IsA(node, JoinExpr)) {
    const JoinExpr* join = reinterpret_cast<JoinExpr*>(node);
    bool left = source_gives_a_row(query, join->larg);
    bool right = source_gives_a_row(query, join->rarg);
    switch (join->jointype) {
      case JOIN_INNER:
        return left && right && join->quals == nullptr;
      case JOIN_LEFT:
        return left;
      case JOIN_RIGHT:
        return right;
      case JOIN_FULL:
        return left || right;
      default:
        return false;
    }
  }
  if (!IsA(node, RangeTblRef)) return false;
  const RangeTblEntry* entry = rt_fetch(reinterpret_cast<RangeTblRef*>(node)->rtindex, query->rtable);
  switch (entry->rtekind) {
    case RTE_SUBQUERY:
      return gives_a_row(entry->subquery);
    case RTE_CTE: {
      const Query* cte = query_of_cte(query, entry);
      return cte != nullptr && gives_a_row(cte);
    }
    case RTE_VALUES:
      return true;
    case RTE_FUNCTION: {
      ListCell* cell;
      foreach (cell, entry->functions)
        if (!expression_returns_set(lfirst_node(RangeTblFunction, cell)->funcexpr)) return true;
      return false;
    }
    default:
      return false;
  }
}

bool has_empty_set(const Query* query) {
  // GROUP BY () alone is one group, as no GROUP BY is.
  ListCell* cell;
  foreach (cell, query->groupingSets)
    if (lfirst_node(GroupingSet, cell)->kind != GROUPING_SET_EMPTY) return false;
  return query->groupingSets != NIL;
}

// LIMIT 1 is a constant under a conversion to bigint.
const Const* limit_constant(Node* node) {
  if (IsA(node, FuncExpr) && list_length(reinterpret_cast<FuncExpr*>(node)->args) == 1)
    node = static_cast<Node*>(linitial(reinterpret_cast<FuncExpr*>(node)->args));
  return IsA(node, Const) ? reinterpret_cast<Const*>(node) : nullptr;
}

// LIMIT with a constant that lets a row through.
bool lets_a_row_through(const Query* query) {
  if (query->limitOffset != nullptr) return false;
  if (query->limitCount == nullptr) return true;
  const Const* limit = limit_constant(query->limitCount);
  if (limit == nullptr) return false;
  if (limit->constisnull) return true;
  return limit->consttype == INT8OID   ? DatumGetInt64(limit->constvalue) > 0
         : limit->consttype == INT4OID ? DatumGetInt32(limit->constvalue) > 0
                                       : false;
}

}  // namespace

bool gives_a_row(const Query* query) {
  check_stack_depth();
  if (query->commandType == CMD_INSERT) return inserts_a_row(query);
  if (query->commandType != CMD_SELECT || !lets_a_row_through(query)) return false;
  if (query->setOperations != nullptr) return set_gives_a_row(query, query->setOperations);
  if (query->hasTargetSRFs || query->havingQual != nullptr) return false;
  if (query->groupClause == NIL && (query->hasAggs || has_empty_set(query)))
    return query->groupingSets == NIL || has_empty_set(query);
  if (query->groupingSets != NIL || query->jointree->quals != nullptr) return false;
  ListCell* cell;
  foreach (cell, query->jointree->fromlist)
    if (!source_gives_a_row(query, static_cast<Node*>(lfirst(cell)))) return false;
  return true;
}

}  // namespace freshet
