#include "shape/scope.h"

#include "mutant.h"

extern "C" {
#include "nodes/bitmapset.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
}

namespace freshet {
namespace {

constexpr bool kMutantNoOuterJoins = FRESHET_MUTANT_IS(OUTER_JOINS_GIVE_NO_NULL);
constexpr bool kMutantOldRow = FRESHET_MUTANT_IS(OLD_ROW_TYPES_THE_NEW);

// Columns whose being NULL keeps `clause` from being true. Later servers answer in another form.
List* vars_that_must_not_be_null(Node* clause) {
#if PG_VERSION_NUM >= 160000
  List* sets = find_nonnullable_vars(clause);
  List* result = NIL;
  for (int relation = 0; relation < list_length(sets); relation++) {
    int column = -1;
    while ((column = bms_next_member(static_cast<Bitmapset*>(list_nth(sets, relation)), column)) >= 0)
      result = lappend(result, makeVar(relation, column + FirstLowInvalidHeapAttributeNumber, InvalidOid, -1,
                                       InvalidOid, 0));
  }
  return result;
#else
  return find_nonnullable_vars(clause);
#endif
}

Bitmapset* relations_below(Node* node) {
  Bitmapset* result = nullptr;
  ListCell* cell;
  switch (nodeTag(node)) {
    case T_RangeTblRef:
      return bms_make_singleton(reinterpret_cast<RangeTblRef*>(node)->rtindex);
    case T_JoinExpr: {
      JoinExpr* join = reinterpret_cast<JoinExpr*>(node);
      result = bms_join(relations_below(join->larg), relations_below(join->rarg));
      return join->rtindex > 0 ? bms_add_member(result, join->rtindex) : result;
    }
    case T_FromExpr:
      foreach (cell, reinterpret_cast<FromExpr*>(node)->fromlist)
        result = bms_join(result, relations_below(static_cast<Node*>(lfirst(cell))));
      return result;
    default:
      return nullptr;
  }
}

// Conditions that every row of `node` has passed: of inner joins, and of the kept side of outer ones.
List* passed_conditions(Node* node) {
  if (node == nullptr) return NIL;
  List* result = NIL;
  if (IsA(node, FromExpr)) {
    FromExpr* from = reinterpret_cast<FromExpr*>(node);
    ListCell* cell;
    foreach (cell, from->fromlist)
      result = list_concat(result, passed_conditions(static_cast<Node*>(lfirst(cell))));
    return from->quals != nullptr ? lappend(result, from->quals) : result;
  }
  if (!IsA(node, JoinExpr)) return NIL;
  JoinExpr* join = reinterpret_cast<JoinExpr*>(node);
  if (join->jointype == JOIN_INNER) {
    result = list_concat(passed_conditions(join->larg), passed_conditions(join->rarg));
    return join->quals != nullptr ? lappend(result, join->quals) : result;
  }
  if (join->jointype == JOIN_LEFT) return passed_conditions(join->larg);
  if (join->jointype == JOIN_RIGHT) return passed_conditions(join->rarg);
  return NIL;
}

// Relations of which some column is known not to be NULL are rows of their own, and so is every relation that
// a join would have nulled together with them.
bool side_is_real(Node* side, const Bitmapset* real) { return bms_overlap(relations_below(side), real); }

void collect_nulled(Node* node, const Bitmapset* real, Bitmapset** nulled) {
  if (node == nullptr) return;
  if (IsA(node, FromExpr)) {
    ListCell* cell;
    foreach (cell, reinterpret_cast<FromExpr*>(node)->fromlist)
      collect_nulled(static_cast<Node*>(lfirst(cell)), real, nulled);
  } else if (IsA(node, JoinExpr)) {
    JoinExpr* join = reinterpret_cast<JoinExpr*>(node);
    bool left = join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL;
    bool right = join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL;
    if (left && !side_is_real(join->larg, real)) *nulled = bms_join(*nulled, relations_below(join->larg));
    if (right && !side_is_real(join->rarg, real)) *nulled = bms_join(*nulled, relations_below(join->rarg));
    collect_nulled(join->larg, real, nulled);
    collect_nulled(join->rarg, real, nulled);
  }
}

Bitmapset* relations_of(List* vars, Bitmapset* relations) {
  ListCell* cell;
  foreach (cell, vars) {
    const Var* var = lfirst_node(Var, cell);
    if (var->varlevelsup == 0 && var->varno > 0) relations = bms_add_member(relations, var->varno);
  }
  return relations;
}

bool holds(List* vars, const Var* var) {
  ListCell* cell;
  foreach (cell, vars) {
    const Var* other = lfirst_node(Var, cell);
    if (other->varlevelsup == 0 && other->varno == var->varno && other->varattno == var->varattno)
      return true;
  }
  return false;
}

// `x IS NULL` being false says that x is something; `a OR b` being false says it of both.
List* vars_of_failed(Node* condition) {
  if (IsA(condition, NullTest)) {
    NullTest* test = reinterpret_cast<NullTest*>(condition);
    if (test->nulltesttype != IS_NULL || test->argisrow) return NIL;
    NullTest opposite = *test;
    opposite.nulltesttype = IS_NOT_NULL;
    return list_copy(vars_that_must_not_be_null(reinterpret_cast<Node*>(&opposite)));
  }
  if (!IsA(condition, BoolExpr)) return NIL;
  BoolExpr* logic = reinterpret_cast<BoolExpr*>(condition);
  // NOT c that is not true may be NULL: it says nothing of c.
  if (logic->boolop != OR_EXPR) return NIL;
  List* result = NIL;
  ListCell* cell;
  foreach (cell, logic->args) result = list_concat(result, vars_of_failed(static_cast<Node*>(lfirst(cell))));
  return result;
}

}  // namespace

Scope scope_of(const Parameters* parameters, Query* query, const Scope* outer, int depth) {
  Scope scope = {};
  scope.parameters = parameters;
  scope.query = query;
  scope.outer = outer;
  scope.depth = depth;
  scope.groups_are_nulled = query->groupingSets != NIL;
  if (query->jointree != nullptr) {
    ListCell* cell;
    foreach (cell, passed_conditions(reinterpret_cast<Node*>(query->jointree)))
      scope.filtered =
          list_concat(scope.filtered, vars_that_must_not_be_null(static_cast<Node*>(lfirst(cell))));
  }
  return scope;
}

const Scope* scope_at(const Scope* scope, int levels) {
  for (; scope != nullptr && levels > 0; levels--) scope = scope->outer;
  return scope;
}

bool is_nulled_by_join(const Scope* scope, int relation) {
  if (scope->query->jointree == nullptr || kMutantNoOuterJoins) return false;
  Bitmapset* real = relations_of(scope->narrowed, relations_of(scope->filtered, nullptr));
  Bitmapset* nulled = nullptr;
  collect_nulled(reinterpret_cast<Node*>(scope->query->jointree), real, &nulled);
  return bms_is_member(relation, nulled);
}

bool is_kept_not_null(const Scope* scope, const Var* var) {
  // What an UPDATE returns is the new row, and its WHERE saw the old one.
  if (scope->query->resultRelation == static_cast<int>(var->varno) && !kMutantOldRow)
    return holds(scope->narrowed, var);
  return holds(scope->filtered, var) || holds(scope->narrowed, var);
}

Scope narrowed_scope(const Scope& scope, Node* condition, bool when_false) {
  Scope result = scope;
  List* vars = when_false ? vars_of_failed(condition) : list_copy(vars_that_must_not_be_null(condition));
  result.narrowed = list_concat(list_copy(scope.narrowed), vars);
  return result;
}

}  // namespace freshet
