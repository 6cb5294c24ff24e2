#include "shape/set_operation.h"

#include "shape/expression.h"
#include "shape/type_shape.h"

extern "C" {
#include "parser/parsetree.h"
}

namespace freshet {
namespace {

// Each round can only add NULL or another form; more rounds than this are not worth it.
constexpr int kMaxRounds = 6;

PallocVector<const Shape*> columns_of(const Scope& scope, Node* operation, int count) {
  PallocVector<const Shape*> columns;
  for (int i = 1; i <= count; i++) columns.push(set_operation_column(scope, operation, i));
  return columns;
}

}  // namespace

const Shape* set_operation_column(const Scope& scope, Node* operation, int number) {
  check_stack_depth();
  if (IsA(operation, RangeTblRef)) {
    RangeTblEntry* entry = rt_fetch(reinterpret_cast<RangeTblRef*>(operation)->rtindex, scope.query->rtable);
    return result_column(scope_of(scope.parameters, entry->subquery, &scope, scope.depth), number);
  }
  const SetOperationStmt* stmt = reinterpret_cast<SetOperationStmt*>(operation);
  const Shape* left = set_operation_column(scope, stmt->larg, number);
  if (stmt->op == SETOP_EXCEPT) return left;
  const Shape* right = set_operation_column(scope, stmt->rarg, number);
  if (stmt->op == SETOP_INTERSECT) return with_nullable(left, left->nullable && right->nullable);
  return either_shape(left, right);
}

PallocVector<const Shape*> recursive_columns(const Scope& home, const CommonTableExpr* cte) {
  Query* query = reinterpret_cast<Query*>(cte->ctequery);
  int count = list_length(cte->ctecoltypes);
  Recursion recursion = {cte, {}};
  Scope scope = scope_of(home.parameters, query, &home, home.depth);
  if (query->setOperations == nullptr || !IsA(query->setOperations, SetOperationStmt)) {
    for (int i = 0; i < count; i++)
      recursion.columns.push(type_shape(list_nth_oid(cte->ctecoltypes, i), true));
    return recursion.columns;
  }
  const SetOperationStmt* stmt = reinterpret_cast<SetOperationStmt*>(query->setOperations);
  recursion.columns = columns_of(scope, stmt->larg, count);
  scope.recursion = &recursion;
  for (int round = 0; round < kMaxRounds; round++) {
    PallocVector<const Shape*> next = columns_of(scope, stmt->rarg, count);
    bool stable = true;
    for (int i = 0; i < count; i++) {
      const Shape* wider = either_shape(recursion.columns[i], next[i]);
      stable = stable && same_shape(wider, recursion.columns[i]);
      next[i] = wider;
    }
    recursion.columns = next;
    if (stable) return recursion.columns;
  }
  for (int i = 0; i < count; i++) recursion.columns[i] = type_shape(list_nth_oid(cte->ctecoltypes, i), true);
  return recursion.columns;
}

}  // namespace freshet
