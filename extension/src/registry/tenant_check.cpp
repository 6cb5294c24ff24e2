#include "registry/tenant_check.h"

#include "registry/function_body.h"

extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "nodes/bitmapset.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

struct Walk {
  const Function* function;
  const char* tenant;
  Findings* findings;
};

// A column of the query's own level that holds the tenant.
struct TenantColumn {
  int relation;
  AttrNumber column;
  bool restricted;
};

struct Level {
  PallocVector<TenantColumn> columns;
  bool changed;
};

Node* without_labels(Node* node) {
  while (node != nullptr && IsA(node, RelabelType))
    node = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg);
  return node;
}

TenantColumn* find(Level* level, Node* node) {
  node = without_labels(node);
  if (node == nullptr || !IsA(node, Var)) return nullptr;
  const Var* var = reinterpret_cast<Var*>(node);
  for (int i = 0; var->varlevelsup == 0 && i < level->columns.size; i++)
    if (level->columns[i].relation == static_cast<int>(var->varno) &&
        level->columns[i].column == var->varattno)
      return &level->columns[i];
  return nullptr;
}

bool is_own_column(Node* node) {
  node = without_labels(node);
  return node != nullptr && IsA(node, Var) && reinterpret_cast<Var*>(node)->varlevelsup == 0;
}

void restrict_by(Level* level, Node* left, Node* right) {
  TenantColumn* column = find(level, left);
  if (column == nullptr || column->restricted) return;
  const TenantColumn* other = find(level, right);
  // Another table's tenant helps where that is restricted; any other column of a row says nothing.
  if (other != nullptr ? !other->restricted : is_own_column(right)) return;
  column->restricted = level->changed = true;
}

// Conditions that must all hold.
void read_conditions(Level* level, Node* node) {
  if (node == nullptr) return;
  if (IsA(node, List)) {
    ListCell* cell;
    foreach (cell, reinterpret_cast<List*>(node)) read_conditions(level, static_cast<Node*>(lfirst(cell)));
  } else if (IsA(node, BoolExpr) && reinterpret_cast<BoolExpr*>(node)->boolop == AND_EXPR) {
    read_conditions(level, reinterpret_cast<Node*>(reinterpret_cast<BoolExpr*>(node)->args));
  } else if (IsA(node, OpExpr) && list_length(reinterpret_cast<OpExpr*>(node)->args) == 2) {
    OpExpr* call = reinterpret_cast<OpExpr*>(node);
    char* name = get_opname(call->opno);
    if (name == nullptr || strcmp(name, "=") != 0) return;
    restrict_by(level, static_cast<Node*>(linitial(call->args)), static_cast<Node*>(lsecond(call->args)));
    restrict_by(level, static_cast<Node*>(lsecond(call->args)), static_cast<Node*>(linitial(call->args)));
  } else if (IsA(node, ScalarArrayOpExpr) && reinterpret_cast<ScalarArrayOpExpr*>(node)->useOr) {
    List* arguments = reinterpret_cast<ScalarArrayOpExpr*>(node)->args;
    restrict_by(level, static_cast<Node*>(linitial(arguments)), static_cast<Node*>(lsecond(arguments)));
  } else if (IsA(node, SubLink) && reinterpret_cast<SubLink*>(node)->subLinkType == ANY_SUBLINK) {
    Node* test = reinterpret_cast<SubLink*>(node)->testexpr;
    if (IsA(test, OpExpr)) {
      TenantColumn* column = find(level, static_cast<Node*>(linitial(reinterpret_cast<OpExpr*>(test)->args)));
      if (column != nullptr && !column->restricted) column->restricted = level->changed = true;
    }
  } else if (IsA(node, FromExpr)) {
    FromExpr* from = reinterpret_cast<FromExpr*>(node);
    read_conditions(level, reinterpret_cast<Node*>(from->fromlist));
    read_conditions(level, from->quals);
  } else if (IsA(node, JoinExpr)) {
    JoinExpr* join = reinterpret_cast<JoinExpr*>(node);
    read_conditions(level, join->larg);
    read_conditions(level, join->rarg);
    // What an outer join matches is restricted by its condition; of the kept side it keeps every row.
    read_conditions(level, join->quals);
  }
}

// The columns of a subquery's result that are the tenant of a table below, `restricted` by who reads it.
void check_query(Walk* walk, const Query* query, const Bitmapset* restricted_results);

bool check_below(Node* node, void* state) {
  if (node == nullptr) return false;
  if (IsA(node, Query)) {
    check_query(static_cast<Walk*>(state), reinterpret_cast<Query*>(node), nullptr);
    return false;
  }
  return walk_expression(node, check_below, state);
}

AttrNumber tenant_in_result(const RangeTblEntry* entry, const char* tenant) {
  ListCell* cell;
  foreach (cell, entry->subquery->targetList) {
    const TargetEntry* target = lfirst_node(TargetEntry, cell);
    if (!target->resjunk && IsA(target->expr, Var) && target->resname != nullptr &&
        strcmp(target->resname, tenant) == 0)
      return target->resno;
  }
  return 0;
}

void report(Walk* walk, const RangeTblEntry* entry) {
  char* table =
      psprintf("%s.%s", get_namespace_name(get_rel_namespace(entry->relid)), get_rel_name(entry->relid));
  const char* message =
      psprintf("%s reads %s without restricting \"%s\"", walk->function->path, table, walk->tenant);
  for (int i = 0; i < walk->findings->size; i++)
    if (strcmp(walk->findings->data[i].message, message) == 0) return;
  walk->findings->push({Severity::kLint, "no_tenant", message, nullptr,
                        psprintf("Compare %s.%s with an argument or a claim.", table, walk->tenant), 0});
}

void check_query(Walk* walk, const Query* query, const Bitmapset* restricted_results) {
  check_stack_depth();
  Level level = {};
  int relation = 0;
  ListCell* cell;
  foreach (cell, query->rtable) {
    relation++;
    const RangeTblEntry* entry = lfirst_node(RangeTblEntry, cell);
    AttrNumber column = 0;
    // The target of an INSERT is written, not read.
    if (entry->rtekind == RTE_RELATION && entry->relid >= FirstNormalObjectId &&
        get_rel_relkind(entry->relid) != RELKIND_VIEW &&  // its query stands beside it
        !(query->commandType == CMD_INSERT && relation == query->resultRelation))
      column = get_attnum(entry->relid, walk->tenant);
    else if (entry->rtekind == RTE_SUBQUERY)
      column = tenant_in_result(entry, walk->tenant);
    if (column > 0) level.columns.push({relation, column, false});
  }
  foreach (cell, query->targetList) {
    TargetEntry* target = lfirst_node(TargetEntry, cell);
    TenantColumn* column = find(&level, reinterpret_cast<Node*>(target->expr));
    if (column != nullptr && bms_is_member(target->resno, restricted_results)) column->restricted = true;
  }
  do {
    level.changed = false;
    read_conditions(&level, reinterpret_cast<Node*>(query->jointree));
    for (int i = 1; i <= list_length(query->rtable); i++)
      read_conditions(&level, reinterpret_cast<Node*>(rt_fetch(i, query->rtable)->securityQuals));
  } while (level.changed);
  for (int i = 0; i < level.columns.size; i++) {
    const RangeTblEntry* entry = rt_fetch(level.columns[i].relation, query->rtable);
    if (entry->rtekind == RTE_RELATION && !level.columns[i].restricted) report(walk, entry);
  }
  for (int i = 1; i <= list_length(query->rtable); i++) {
    const RangeTblEntry* entry = rt_fetch(i, query->rtable);
    if (entry->rtekind != RTE_SUBQUERY) continue;
    Bitmapset* restricted = nullptr;
    for (int c = 0; c < level.columns.size; c++)
      if (level.columns[c].relation == i && level.columns[c].restricted)
        restricted = bms_add_member(restricted, level.columns[c].column);
    check_query(walk, entry->subquery, restricted);
  }
  // Everything else that holds queries: conditions, targets, common table expressions.
#if PG_VERSION_NUM >= 160000
  query_tree_walker_impl(const_cast<Query*>(query), check_below, walk, QTW_IGNORE_RT_SUBQUERIES);
#else
  query_tree_walker(const_cast<Query*>(query), reinterpret_cast<bool (*)()>(check_below), walk,
                    QTW_IGNORE_RT_SUBQUERIES);
#endif
}

}  // namespace

void check_tenant(const Function* function, const char* tenant, Findings* findings) {
  Walk walk = {function, tenant, findings};
  const FunctionBody body = read_body(function->oid);
  const char* unseen = nullptr;
  int line = 0;
  if (body.kind == BodyKind::kOpaque) unseen = "its body is neither SQL nor PL/pgSQL";
  if (body.troubles.size > 0) {
    unseen = body.troubles[0].message;
    line = body.troubles[0].line;
  }
  if (unseen != nullptr)
    findings->push({Severity::kLint, "tenant_unknown",
                    psprintf("not all that %s reads can be seen: %s", function->path, unseen), nullptr,
                    psprintf("Look at it by hand, or write it in SQL, for \"%s\" to be checked.", tenant),
                    line});
  ListCell* cell;
  foreach (cell, queries_of(body)) check_query(&walk, lfirst_node(Query, cell), nullptr);
}

}  // namespace freshet
