#include "page/steering.h"

#include "mutant.h"

extern "C" {
#include "access/xact.h"
#include "nodes/plannodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/planner.h"
#include "utils/guc.h"
}

namespace freshet {
namespace {

constexpr bool kMutantNotSteered = FRESHET_MUTANT_IS(PAGE_NOT_STEERED);

planner_hook_type previous;
bool installed;
// Of the page that is being run; the text belongs to the caller.
const char* steered_sql;
int64 steered_rows;

bool sorts(const Plan* plan);

bool any_sorts(const List* plans) {
  const ListCell* cell;
  foreach (cell, plans)
    if (sorts(static_cast<const Plan*>(lfirst(cell)))) return true;
  return false;
}

bool sorts(const Plan* plan) {
  if (plan == nullptr) return false;
  switch (nodeTag(plan)) {
    case T_Sort:
      return true;
    case T_Append:
      return any_sorts(reinterpret_cast<const Append*>(plan)->appendplans);
    case T_MergeAppend:
      return any_sorts(reinterpret_cast<const MergeAppend*>(plan)->mergeplans);
    case T_SubqueryScan:
      return sorts(reinterpret_cast<const SubqueryScan*>(plan)->subplan);
    default:
      return sorts(plan->lefttree) || sorts(plan->righttree);
  }
}

PlannedStmt* plan_on(Query* query, const char* sql, int options, ParamListInfo parameters) {
  return previous != nullptr ? previous(query, sql, options, parameters)
                             : standard_planner(query, sql, options, parameters);
}

// A page may cost one random read for each row, twice over for a range that has grown.
Cost allowance() { return 2 * static_cast<Cost>(steered_rows + 1) * random_page_cost; }

PlannedStmt* plan_page(Query* query, const char* sql, int options, ParamListInfo parameters) {
  if (kMutantNotSteered || steered_sql == nullptr || sql == nullptr || strcmp(sql, steered_sql) != 0)
    return plan_on(query, sql, options, parameters);
  Query* copy = static_cast<Query*>(copyObjectImpl(query));
  PlannedStmt* plain = plan_on(query, sql, options, parameters);
  if (!sorts(plain->planTree)) return plain;
  const int level = NewGUCNestLevel();
  set_config_option("enable_sort", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  PlannedStmt* along = plan_on(copy, sql, options, parameters);
  AtEOXact_GUC(true, level);
  const Cost most = 2 * plain->planTree->total_cost + allowance();
  return !sorts(along->planTree) && along->planTree->total_cost <= most ? along : plain;
}

// The text is gone with the run that an error ended.
void forget(XactEvent, void*) { steered_sql = nullptr; }

void forget_aborted(SubXactEvent event, SubTransactionId, SubTransactionId, void*) {
  if (event == SUBXACT_EVENT_ABORT_SUB) steered_sql = nullptr;
}

}  // namespace

void steer_planner(const char* sql, int64 rows) {
  if (!installed) {
    installed = true;
    previous = planner_hook;
    planner_hook = plan_page;
    RegisterXactCallback(forget, nullptr);
    RegisterSubXactCallback(forget_aborted, nullptr);
  }
  steered_sql = sql;
  steered_rows = rows;
}

}  // namespace freshet
