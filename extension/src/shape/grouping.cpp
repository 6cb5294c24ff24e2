#include "shape/grouping.h"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "parser/parse_agg.h"
}

namespace freshet {
namespace {

// More sets than this are not looked at one by one.
constexpr int kMaxGroupingSets = 4096;

// The number that the grouping sets know the expression by, 0 when the query does not group by it.
Index reference_of(const Query* query, Node* expression) {
  ListCell* cell;
  foreach (cell, query->groupClause) {
    Index reference = lfirst_node(SortGroupClause, cell)->tleSortGroupRef;
    ListCell* other;
    foreach (other, query->targetList) {
      const TargetEntry* target = lfirst_node(TargetEntry, other);
      if (target->ressortgroupref == reference && equal(target->expr, expression)) return reference;
    }
  }
  return 0;
}

}  // namespace

bool is_grouped(const Query* query, Node* expression) { return reference_of(query, expression) != 0; }

bool is_left_out(const Query* query, Node* expression) {
  Index reference = reference_of(query, expression);
  // A column that depends on a group's key goes with it.
  if (reference == 0) return IsA(expression, Var) && reinterpret_cast<Var*>(expression)->varlevelsup == 0;
  List* sets = expand_grouping_sets(query->groupingSets, query->groupDistinct, kMaxGroupingSets);
  if (sets == NIL) return true;
  ListCell* cell;
  foreach (cell, sets)
    if (!list_member_int(static_cast<List*>(lfirst(cell)), reference)) return true;
  return false;
}

bool groups_have_rows(const Query* query) {
  if (query->groupingSets == NIL) return query->groupClause != NIL;
  List* sets = expand_grouping_sets(query->groupingSets, query->groupDistinct, kMaxGroupingSets);
  ListCell* cell;
  foreach (cell, sets)
    if (lfirst(cell) == NIL) return false;
  return sets != NIL;
}

}  // namespace freshet
