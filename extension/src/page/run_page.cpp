#include "page/run_page.h"

#include "call/execute.h"
#include "call/json_write.h"
#include "errors.h"
#include "mutant.h"
#include "page/compose.h"
#include "page/page_rows.h"
#include "page/steering.h"

extern "C" {
#include "executor/spi.h"
#include "nodes/params.h"
#include "utils/memutils.h"
}

namespace freshet {
namespace {

constexpr bool kMutantNeverSplit = FRESHET_MUTANT_IS(PAGE_NEVER_SPLIT);

// Shapes of ranges times combinations of arguments; clients choose both.
constexpr int kMaxPlans = 32;

bool same_plan(const Function* function, const PagePlan& plan, const bool* given, const char* sql) {
  return memcmp(plan.given, given, sizeof(bool) * function->argument_count) == 0 &&
         strcmp(plan.sql, sql) == 0;
}

// Planned for the values of each run: which index serves a page depends on them, and the read set is as
// narrow as its conditions are known.
SPIPlanPtr find_plan(Function* function, const bool* given, const PageStatement& statement) {
  PallocVector<PagePlan>* plans = &function->paging->plans;
  for (int i = 0; i < plans->size; i++)
    if (same_plan(function, (*plans)[i], given, statement.sql)) return (*plans)[i].plan;
  SPIPlanPtr plan =
      SPI_prepare_cursor(statement.sql, statement.types.size, statement.types.data, CURSOR_OPT_CUSTOM_PLAN);
  if (plan == nullptr)
    elog(ERROR, "cannot prepare a page of %s: %s", function->path, SPI_result_code_string(SPI_result));
  if (plans->size == kMaxPlans) {
    SPI_freeplan((*plans)[0].plan);
    pfree((*plans)[0].sql);
    pfree((*plans)[0].given);
    memmove(&(*plans)[0], &(*plans)[1], sizeof(PagePlan) * (kMaxPlans - 1));
    plans->size--;
  }
  MemoryContext outer = MemoryContextSwitchTo(GetMemoryChunkContext(function));
  PagePlan kept = {};
  kept.given = static_cast<bool*>(palloc0(sizeof(bool) * Max(function->argument_count, 1)));
  memcpy(kept.given, given, sizeof(bool) * function->argument_count);
  kept.sql = pstrdup(statement.sql);
  SPI_keepplan(plan);
  kept.plan = plan;
  plans->push(kept);
  MemoryContextSwitchTo(outer);
  return plan;
}

void add_parameter(ParamListInfo parameters, int* next, Oid type, Datum value, bool is_null) {
  ParamExternData* parameter = &parameters->params[(*next)++];
  parameter->value = value;
  parameter->isnull = is_null;
  parameter->pflags = PARAM_FLAG_CONST;
  parameter->ptype = type;
}

ParamListInfo parameters_of(const BoundArguments* bound, const PageStatement& statement,
                            const PageOrder* order, const PagePlace* after, const PagePlace* until,
                            int64 limit) {
  ParamListInfo parameters = makeParamList(statement.types.size);
  int next = 0;
  for (int i = 0; i < bound->function->argument_count; i++)
    if (bound->given[i])
      add_parameter(parameters, &next, bound->function->arguments[i].type, bound->values[i], bound->nulls[i]);
  const PagePlace* const places[] = {after, until};
  for (const PagePlace* place : places)
    for (int i = 0; place != nullptr && i < order->columns.size; i++)
      add_parameter(parameters, &next, order->columns[i].type, place->values[i], place->nulls[i]);
  add_parameter(parameters, &next, statement.types[statement.types.size - 1], Int64GetDatum(limit), false);
  return parameters;
}

void append_cursor(StringInfo out, const char* name, const char* cursor) {
  appendStringInfo(out, ",\"%s\":", name);
  if (cursor == nullptr)
    appendStringInfoString(out, "null");
  else
    append_json_string(out, cursor, strlen(cursor));
}

}  // namespace

void prepare_page(Function* function, const char* page, const char* arguments, Problems* problems,
                  PageRun* run) {
  run->arguments = arguments;
  run->paging = paging_of(function);
  if (run->paging->order == nullptr)
    ereport(ERROR, (errcode(kInvalidArguments),
                    errmsg("%s cannot be paged: %s", function->path, run->paging->problem)));
  run->request = read_page_request(function, page, problems);
}

void execute_page(Function* function, const BoundArguments* bound, const PageRun& run, StringInfo out) {
  const PageOrder* order = run.paging->order;
  const CursorScope scope = {function, order, run.arguments};
  PagePlace places[2];
  const PagePlace *after = nullptr, *until = nullptr;
  if (run.request.after != nullptr) {
    places[0] = read_cursor(scope, run.request.after);
    after = &places[0];
  }
  if (run.request.until != nullptr) {
    places[1] = read_cursor(scope, run.request.until);
    until = &places[1];
  }
  // All of a range is given, so that nothing is missing in the moment in which it grows.
  const int64 most = 2 * int64{run.request.limit};
  const int64 wanted = until == nullptr ? run.request.limit : Max(most, int64{max_rows_of(function)});

  PageRows rows;
  appendStringInfoString(out, "{\"rows\":[");
  page_rows_init(&rows, function, order, wanted, out);
  const PageStatement statement = compose_page(function, order, bound->given, after, until);
  if (statement.sql != nullptr) {
    SPIExecuteOptions options = {};
    options.params = parameters_of(bound, statement, order, after, until, wanted + 1);
    options.read_only = true;
    options.dest = &rows.base;
    SPIPlanPtr plan = find_plan(function, bound->given, statement);
    steer_planner(statement.sql, run.request.limit);
    const int status = SPI_execute_plan_extended(plan, &options);
    steer_planner(nullptr, 0);
    if (status < 0) elog(ERROR, "cannot run %s: %s", function->path, SPI_result_code_string(status));
  }
  const int count = rows.places.size;
  const char* next = rows.has_more ? write_cursor(scope, rows.places[count - 1]) : run.request.until;
  const bool split = until != nullptr && (count > most || rows.has_more) && !kMutantNeverSplit;
  appendStringInfoChar(out, ']');
  append_cursor(out, "next", next);
  append_cursor(out, "split", split ? write_cursor(scope, rows.places[count / 2 - 1]) : nullptr);
  appendStringInfoChar(out, '}');
}

}  // namespace freshet
