#include "call/execute.h"

#include "call/guard.h"
#include "call/json_type.h"
#include "call/row_receiver.h"
#include "errors.h"
#include "mutant.h"
#include "registry/function_shape.h"
#include "registry/number_forms.h"
#include "registry/schema_cache.h"
#include "shape/number_forms.h"

extern "C" {
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/params.h"
#include "utils/memutils.h"
}

namespace freshet {
namespace {

constexpr bool kMutantNullGuard = FRESHET_MUTANT_IS(NULL_GUARD_PASSES);

// One function seldom sees more combinations of optional arguments; clients choose them, so they are bounded.
constexpr int kMaxPlans = 16;

bool same_given(const Function* function, const bool* a, const bool* b) {
  return memcmp(a, b, sizeof(bool) * function->argument_count) == 0;
}

char* call_sql(const Function* function, const bool* given) {
  StringInfoData sql;
  initStringInfo(&sql);
  // FROM lets a set-returning SQL function be inlined; a single composite must stay one column, so that NULL
  // is not a row of NULLs.
  appendStringInfoString(&sql, function->result.is_set ? "SELECT * FROM " : "SELECT ");
  append_function_call(&sql, function, given);
  return sql.data;
}
SPIPlanPtr find_plan(Function* function, const bool* given) {
  for (int i = 0; i < function->plans.size; i++)
    if (same_given(function, function->plans[i].given, given)) return function->plans[i].plan;
  Oid* types = static_cast<Oid*>(palloc(sizeof(Oid) * Max(function->argument_count, 1)));
  int count = 0;
  for (int i = 0; i < function->argument_count; i++)
    if (given[i]) types[count++] = function->arguments[i].type;
  SPIPlanPtr plan = SPI_prepare(call_sql(function, given), count, types);
  if (plan == nullptr)
    elog(ERROR, "cannot prepare %s: %s", function->path, SPI_result_code_string(SPI_result));
  if (function->plans.size == kMaxPlans) {
    SPI_freeplan(function->plans[0].plan);
    memmove(&function->plans[0], &function->plans[1], sizeof(CallPlan) * (kMaxPlans - 1));
    function->plans.size--;
  }
  MemoryContext outer = MemoryContextSwitchTo(GetMemoryChunkContext(function));
  CallPlan entry;
  entry.given = static_cast<bool*>(palloc0(sizeof(bool) * Max(function->argument_count, 1)));
  memcpy(entry.given, given, sizeof(bool) * function->argument_count);
  SPI_keepplan(plan);
  entry.plan = plan;
  function->plans.push(entry);
  MemoryContextSwitchTo(outer);
  return plan;
}

ParamListInfo parameters_of(const BoundArguments* bound) {
  const Function* function = bound->function;
  int count = 0;
  for (int i = 0; i < function->argument_count; i++) count += bound->given[i];
  if (count == 0) return nullptr;
  ParamListInfo parameters = makeParamList(count);
  int next = 0;
  for (int i = 0; i < function->argument_count; i++) {
    if (!bound->given[i]) continue;
    ParamExternData* parameter = &parameters->params[next++];
    parameter->value = bound->values[i];
    parameter->isnull = bound->nulls[i];
    parameter->pflags = PARAM_FLAG_CONST;
    parameter->ptype = function->arguments[i].type;
  }
  return parameters;
}

// Takes `rows`, the text between the brackets, to what the declared cardinality promises.
void append_result(const Function* function, StringInfo out, const StringInfoData& rows, int64 count) {
  RowPromise cardinality = function->row.cardinality;
  if (function->result.is_set && cardinality == RowPromise::kMany) {
    appendStringInfoChar(out, '[');
    appendBinaryStringInfo(out, rows.data, rows.len);
    appendStringInfoChar(out, ']');
    return;
  }
  if (count > 1)
    ereport(ERROR, (errcode(kContractMismatch), errmsg("%s returned more than one row", function->path),
                    errhint("It was exposed with cardinality '%s'.", cardinality_name(cardinality))));
  bool nothing = count == 0 || (rows.len == 4 && memcmp(rows.data, "null", 4) == 0);
  if (nothing && cardinality == RowPromise::kOne && function->result.form != ResultForm::kVoid)
    ereport(ERROR, (errcode(kNotFound), errmsg("%s found nothing", function->path)));
  if (nothing)
    appendStringInfoString(out, "null");
  else
    appendBinaryStringInfo(out, rows.data, rows.len);
}

}  // namespace

void append_function_call(StringInfo sql, const Function* function, const bool* given) {
  appendStringInfoString(sql, quote_qualified_identifier(function->row.schema, function->row.name));
  appendStringInfoChar(sql, '(');
  int parameter = 0;
  for (int i = 0; i < function->argument_count; i++) {
    if (!given[i]) continue;
    const Argument* argument = &function->arguments[i];
    appendStringInfo(sql, "%s%s%s => $%d", parameter > 0 ? ", " : "", argument->variadic ? "VARIADIC " : "",
                     quote_identifier(argument->sql_name), parameter + 1);
    parameter++;
  }
  appendStringInfoChar(sql, ')');
}

void know_contract(Function* function) {
  // A form may come from a column that a view or a table behind it names anew.
  const bool moves = function->number_forms != nullptr;
  if (function->contract_known && (!moves || function->forms_generation == schema_generation())) return;
  if (function->forms_context == nullptr)
    function->forms_context =
        AllocSetContextCreate(GetMemoryChunkContext(function), "freshet forms", ALLOCSET_SMALL_SIZES);
  function->contract_known = false;
  function->contract = function->number_forms = nullptr;
  MemoryContextReset(function->forms_context);
  MemoryContext outer = MemoryContextSwitchTo(function->forms_context);
  function->forms_generation = schema_generation();
  function->contract = result_contract(function);
  bool deviates = false;
  if (function->result.form != ResultForm::kVoid &&
      (any_number_forms() || strcmp(function->row.numbers, "{}") != 0)) {
    const Shape* row = row_with_number_forms(function, &deviates);
    if (deviates) function->number_forms = row;
    if (deviates && function->contract != nullptr)
      function->contract = with_forms_of(function->contract, row);
  }
  function->contract_known = true;
  MemoryContextSwitchTo(outer);
}

void execute_function(Function* function, const BoundArguments* bound, bool read_only, StringInfo out) {
  StringInfoData rows;
  initStringInfo(&rows);
  RowReceiver receiver;
  row_receiver_init(&receiver, function, &rows,
                    function->result.is_set && function->result.form == ResultForm::kObject);
  SPIExecuteOptions options = {};
  options.params = parameters_of(bound);
  options.read_only = read_only;
  options.dest = &receiver.base;
  int status = SPI_execute_plan_extended(find_plan(function, bound->given), &options);
  if (status < 0) elog(ERROR, "cannot run %s: %s", function->path, SPI_result_code_string(status));
  append_result(function, out, rows, receiver.rows);
}

void execute_guard(Function* function, BoundArguments* bound) {
  if (function->row.guard == nullptr) return;
  evaluate_defaults(bound);
  if (function->guard_plan == nullptr) {
    SPIPlanPtr plan = prepare_guard(function);
    SPI_keepplan(plan);
    function->guard_plan = plan;
  }
  ParamListInfo parameters = nullptr;
  if (function->argument_count > 0) {
    parameters = makeParamList(function->argument_count);
    for (int i = 0; i < function->argument_count; i++) {
      ParamExternData* parameter = &parameters->params[i];
      parameter->value = bound->values[i];
      parameter->isnull = bound->nulls[i];
      parameter->pflags = PARAM_FLAG_CONST;
      parameter->ptype = function->arguments[i].type;
    }
  }
  SPIExecuteOptions options = {};
  options.params = parameters;
  options.read_only = true;
  int status = SPI_execute_plan_extended(function->guard_plan, &options);
  if (status < 0)
    elog(ERROR, "cannot run the guard of %s: %s", function->path, SPI_result_code_string(status));
  bool passes = SPI_processed > 0;
  if (passes && SPI_gettypeid(SPI_tuptable->tupdesc, 1) == BOOLOID) {
    bool is_null;
    Datum value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
    passes = is_null ? kMutantNullGuard : DatumGetBool(value);
  }
  SPI_freetuptable(SPI_tuptable);
  if (!passes)
    ereport(ERROR,
            (errcode(kForbidden), errmsg("the guard of %s does not let this identity pass", function->path)));
}

}  // namespace freshet
