#include "shape/aggregates.h"

#include "shape/expression.h"
#include "shape/grouping.h"
#include "shape/type_shape.h"

extern "C" {
#include "catalog/pg_aggregate.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

// Give a value as soon as there is one that is not NULL.
const char* const kReduce[] = {
    "any_value", "avg", "bit_and",   "bit_or",     "bit_xor", "bool_and",   "bool_or", "every",
    "max",       "min", "range_agg", "string_agg", "sum",     "stddev_pop", "var_pop", "range_intersect_agg",
    nullptr};
// The value itself comes out.
const char* const kPick[] = {"any_value", "max", "min", nullptr};

// `some`: at least one row goes in.
const Shape* shape_over_rows(const Scope& rows, const char* name, Oid type, List* arguments, bool some) {
  static const char* const kCollect[] = {"json_agg", "json_agg_strict", "jsonb_agg", "jsonb_agg_strict",
                                         nullptr};
  static const char* const kCollectNamed[] = {"json_object_agg", "jsonb_object_agg", nullptr};
  if (strcmp(name, "count") == 0 || strcmp(name, "regr_count") == 0) return type_shape(type, false);
  if (arguments == NIL) return type_shape(type, true);
  const Shape* first = expression_shape(rows, static_cast<Node*>(linitial(arguments)));
  if (is_one_of(name, kCollect)) {
    const Shape* items = embedded_shape(first);
    bool strict = strstr(name, "strict") != nullptr;
    return with_nullable(array_shape(InvalidOid, strict ? with_nullable(items, false) : items), !some);
  }
  if (is_one_of(name, kCollectNamed) && list_length(arguments) > 1)
    return with_nullable(
        map_shape(embedded_shape(expression_shape(rows, static_cast<Node*>(lsecond(arguments))))), !some);
  if (strcmp(name, "array_agg") == 0) return with_nullable(array_shape(type, first), !some);
  if (!is_one_of(name, kReduce)) return type_shape(type, true);
  bool nullable = !some || first->nullable;
  if (is_one_of(name, kPick) && first->kind == ShapeKind::kValue && first->type == type)
    return with_nullable(first, nullable);
  return type_shape(type, nullable);
}

List* arguments_of(const Aggref* call) {
  List* result = NIL;
  ListCell* cell;
  foreach (cell, call->args)
    if (!lfirst_node(TargetEntry, cell)->resjunk)
      result = lappend(result, lfirst_node(TargetEntry, cell)->expr);
  return result;
}

bool frame_holds_the_row(const Scope& scope, const WindowFunc* call) {
  ListCell* cell;
  foreach (cell, scope.query->windowClause) {
    const WindowClause* window = lfirst_node(WindowClause, cell);
    if (window->winref == call->winref)
      return (window->frameOptions & FRAMEOPTION_NONDEFAULT) == 0 ||
             ((window->frameOptions & (FRAMEOPTION_START_UNBOUNDED_PRECEDING | FRAMEOPTION_START_CURRENT_ROW |
                                       FRAMEOPTION_START_OFFSET_PRECEDING)) != 0 &&
              (window->frameOptions & (FRAMEOPTION_END_UNBOUNDED_FOLLOWING | FRAMEOPTION_END_CURRENT_ROW |
                                       FRAMEOPTION_END_OFFSET_FOLLOWING)) != 0 &&
              (window->frameOptions & FRAMEOPTION_EXCLUSION) == 0);
  }
  return false;
}

}  // namespace

const Shape* aggregate_shape(const Scope& scope, Aggref* call) {
  char* name = get_func_name(call->aggfnoid);
  if (name == nullptr || !is_builtin(call->aggfnoid) || call->aggkind != AGGKIND_NORMAL)
    return type_shape(call->aggtype, true);
  const Scope* home = scope_at(&scope, call->agglevelsup);
  if (home == nullptr) return type_shape(call->aggtype, true);
  // It looks at all rows of the group, before grouping.
  Scope rows = scope;
  rows.groups_are_nulled = false;
  rows.narrowed = NIL;
  return shape_over_rows(rows, name, call->aggtype, arguments_of(call),
                         call->aggfilter == nullptr && groups_have_rows(home->query));
}

const Shape* window_shape(const Scope& scope, WindowFunc* call) {
  static const char* const kRanks[] = {"cume_dist", "dense_rank", "percent_rank",
                                       "rank",      "row_number", nullptr};
  static const char* const kEnds[] = {"first_value", "last_value", nullptr};
  static const char* const kNeighbours[] = {"lag", "lead", nullptr};
  char* name = get_func_name(call->winfnoid);
  if (name == nullptr || !is_builtin(call->winfnoid)) return type_shape(call->wintype, true);
  if (is_one_of(name, kRanks)) return type_shape(call->wintype, false);
  // Other rows than the one at hand are looked at.
  Scope rows = scope;
  rows.narrowed = NIL;
  if (strcmp(name, "ntile") == 0)
    return type_shape(call->wintype,
                      expression_shape(rows, static_cast<Node*>(linitial(call->args)))->nullable);
  bool some = call->aggfilter == nullptr && frame_holds_the_row(scope, call);
  if (is_one_of(name, kEnds)) {
    const Shape* first = expression_shape(rows, static_cast<Node*>(linitial(call->args)));
    return with_nullable(first, first->nullable || !some);
  }
  if (is_one_of(name, kNeighbours)) {
    bool nullable = list_length(call->args) < 3;
    ListCell* cell;
    foreach (cell, call->args)
      nullable = nullable || expression_shape(rows, static_cast<Node*>(lfirst(cell)))->nullable;
    const Shape* first = expression_shape(rows, static_cast<Node*>(linitial(call->args)));
    if (list_length(call->args) == 3)
      first = either_shape(first, expression_shape(rows, static_cast<Node*>(lthird(call->args))));
    return with_nullable(first, nullable);
  }
  if (!call->winagg) return type_shape(call->wintype, true);
  return shape_over_rows(rows, name, call->wintype, call->args, some);
}

}  // namespace freshet
