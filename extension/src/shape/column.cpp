#include "shape/column.h"

#include "registry/key_id.h"
#include "shape/expression.h"
#include "shape/functions.h"
#include "shape/set_operation.h"
#include "shape/stored_column.h"
#include "shape/type_shape.h"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

const CommonTableExpr* find_cte(const Scope& scope, const RangeTblEntry* entry) {
  ListCell* cell;
  foreach (cell, scope.query->cteList) {
    const CommonTableExpr* cte = lfirst_node(CommonTableExpr, cell);
    if (strcmp(cte->ctename, entry->ctename) == 0) return cte;
  }
  return nullptr;
}

const Shape* cte_column(const Scope& scope, const RangeTblEntry* entry, int column, Oid type) {
  const Scope* home = scope_at(&scope, entry->ctelevelsup);
  if (home == nullptr) return type_shape(type, true);
  const CommonTableExpr* cte = find_cte(*home, entry);
  if (cte == nullptr || !IsA(cte->ctequery, Query)) return type_shape(type, true);
  for (const Scope* at = &scope; at != nullptr; at = at->outer) {
    if (at->recursion == nullptr || at->recursion->query != cte) continue;
    const PallocVector<const Shape*>& columns = at->recursion->columns;
    return column <= columns.size ? columns[column - 1] : type_shape(type, true);
  }
  if (cte->cterecursive) {
    PallocVector<const Shape*> columns = recursive_columns(*home, cte);
    return column <= columns.size ? columns[column - 1] : type_shape(type, true);
  }
  return result_column(scope_of(home->parameters, reinterpret_cast<Query*>(cte->ctequery), home, home->depth),
                       column);
}

const Shape* values_column(const Scope& scope, const RangeTblEntry* entry, int column) {
  const Shape* result = null_shape();
  ListCell* cell;
  foreach (cell, entry->values_lists) {
    const Shape* value =
        expression_shape(scope, static_cast<Node*>(list_nth(lfirst_node(List, cell), column - 1)));
    result = cell == list_head(entry->values_lists) ? value : either_shape(result, value);
  }
  return result;
}

const Shape* shape_without_joins(const Scope& scope, const Var* var, const RangeTblEntry* entry);

// A row in one piece, as an object. An outer join makes all of it NULL, or nothing.
const Shape* whole_row(const Scope& scope, const Var* var, const RangeTblEntry* entry) {
  if (entry->rtekind == RTE_RELATION) return stored_row(entry);
  if (entry->rtekind != RTE_SUBQUERY && entry->rtekind != RTE_CTE && entry->rtekind != RTE_VALUES)
    return type_shape(var->vartype, true);
  Shape* row = static_cast<Shape*>(palloc0(sizeof(Shape)));
  row->kind = ShapeKind::kObject;
  row->count = -1;
  int number = 0;
  ListCell* cell;
  foreach (cell, entry->eref->colnames) {
    number++;
    const char* name = strVal(lfirst(cell));
    if (*name == '\0') continue;  // dropped
    Var column = *var;
    column.varattno = number;
    column.varlevelsup = 0;
    row->members.push({name, shape_without_joins(scope, &column, entry), true});
  }
  return row;
}

const Shape* shape_without_joins(const Scope& scope, const Var* var, const RangeTblEntry* entry) {
  int column = var->varattno;
  if (column == 0) return whole_row(scope, var, entry);
  switch (entry->rtekind) {
    case RTE_RELATION:
      return with_id(stored_column(entry, column), key_id(entry->relid, column));
    case RTE_SUBQUERY:
      return result_column(scope_of(scope.parameters, entry->subquery, &scope, scope.depth), column);
    case RTE_CTE:
      return cte_column(scope, entry, column, var->vartype);
    case RTE_VALUES:
      return values_column(scope, entry, column);
    case RTE_FUNCTION:
      return function_column(scope, entry, column, var->vartype);
    case RTE_JOIN:
      return expression_shape(scope, static_cast<Node*>(list_nth(entry->joinaliasvars, column - 1)));
#if PG_VERSION_NUM >= 180000
    case RTE_GROUP:
      return expression_shape(scope, static_cast<Node*>(list_nth(entry->groupexprs, column - 1)));
#endif
    default:
      return type_shape(var->vartype, true);
  }
}

bool may_be_another_row(const Query* query, const Var* var) {
#if PG_VERSION_NUM >= 180000
  if (var->varreturningtype != VAR_RETURNING_DEFAULT) return true;
#endif
  // A MERGE returns rows of which one side may be missing.
  return query->commandType == CMD_MERGE;
}

}  // namespace

const Shape* column_shape(const Scope& inner, const Var* var) {
  check_stack_depth();
  const Scope* scope = scope_at(&inner, var->varlevelsup);
  if (scope == nullptr || IS_SPECIAL_VARNO(var->varno) || var->varno < 1 ||
      var->varno > list_length(scope->query->rtable))
    return type_shape(var->vartype, true);
  const RangeTblEntry* entry = rt_fetch(var->varno, scope->query->rtable);
  const Shape* shape = shape_without_joins(*scope, var, entry);
  Var own = *var;
  own.varlevelsup = 0;
  if (entry->rtekind != RTE_JOIN && is_nulled_by_join(scope, var->varno)) shape = with_nullable(shape, true);
  if (is_kept_not_null(scope, &own)) shape = with_nullable(shape, false);
  // Grouping sets come after WHERE, and see a column of theirs in a subquery as they left it.
  bool nulled_later =
      may_be_another_row(scope->query, var) || (var->varlevelsup > 0 && scope->groups_are_nulled);
  return nulled_later ? with_nullable(shape, true) : shape;
}

}  // namespace freshet
