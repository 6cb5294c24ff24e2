#include "call/run.h"

#include "call/deadline.h"
#include "call/execute.h"
#include "call/explain.h"
#include "call/json_read.h"
#include "call/rights.h"
#include "call/row_security.h"
#include "call/stateful_language.h"
#include "call/violation.h"
#include "errors.h"
#include "identity/identity.h"
#include "mutant.h"
#include "page/run_page.h"
#include "settings.h"

extern "C" {
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
}

namespace freshet {
namespace {

constexpr bool kMutantSettingsSurvive = FRESHET_MUTANT_IS(SETTINGS_SURVIVE_QUERY);
constexpr bool kMutantDeferredLater = FRESHET_MUTANT_IS(DEFERRED_TRIGGERS_AT_COMMIT);
constexpr bool kMutantGuardUnnoticed = FRESHET_MUTANT_IS(NEW_GUARD_UNNOTICED);
constexpr bool kMutantInternalCalled = FRESHET_MUTANT_IS(INTERNAL_CALLED_BY_CLIENTS);
constexpr bool kMutantQueriesWrite = FRESHET_MUTANT_IS(QUERIES_MAY_WRITE);

enum class Stage : uint8 { kArguments, kGuard, kFunction };

// The function of the request, nullptr with `outcome` filled when it cannot be called.
Function* resolve(const RunRequest& request, RunOutcome* outcome) {
  Function* function = find_function(request.path);
  if (function == nullptr || function->row.kind != request.kind ||
      (function->row.internal && !request.of_job && !kMutantInternalCalled)) {
    *outcome =
        run_refused(kNotFound, psprintf("there is no %s \"%s\"", kind_name(request.kind), request.path));
    return nullptr;
  }
  if (function->problem != nullptr) {
    *outcome = run_refused(function->problem_state,
                           psprintf("%s cannot be called: %s", function->path, function->problem));
    return nullptr;
  }
  if (request.unguarded && function->row.guard != nullptr && !kMutantGuardUnnoticed) {
    *outcome = run_refused(kSchemaChanged, psprintf("%s has been given a guard", function->path));
    return nullptr;
  }
  return function;
}

bool is_write_refusal(const ErrorData* error) {
  if (error->sqlerrcode == ERRCODE_READ_ONLY_SQL_TRANSACTION) return true;
  // What a STABLE function that writes is told; the text before translation is the only mark of it.
  return error->sqlerrcode == ERRCODE_FEATURE_NOT_SUPPORTED && error->message_id != nullptr &&
         strcmp(error->message_id, "%s is not allowed in a non-volatile function") == 0;
}

// What a guard means by raising: this identity may not. What says that the guard could not be evaluated stays
// what it is.
bool is_denial(int sqlstate) {
  switch (ERRCODE_TO_CATEGORY(sqlstate)) {
    case MAKE_SQLSTATE('R', 'F', '0', '0', '0'):
      return sqlstate == kApplication;
    case ERRCODE_CONNECTION_EXCEPTION:
    case ERRCODE_TRANSACTION_ROLLBACK:
    case ERRCODE_INSUFFICIENT_RESOURCES:
    case ERRCODE_PROGRAM_LIMIT_EXCEEDED:
    case ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE:
    case ERRCODE_OPERATOR_INTERVENTION:
    case ERRCODE_SYSTEM_ERROR:
    case ERRCODE_INTERNAL_ERROR:
      return false;
    case ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION:
      return sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE;
    default:
      return true;
  }
}

// What a row that the policies of the owner's role refuse is told; of privileges only this is the caller's
// affair.
bool is_policy_refusal(const ErrorData* error) {
  static const char kText[] = "new row violates row-level security policy";
  return error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE && error->message_id != nullptr &&
         strncmp(error->message_id, kText, sizeof kText - 1) == 0;
}

void map_error(ErrorData* error, Stage stage, bool read_only) {
  if (read_only && is_write_refusal(error))
    error->sqlerrcode = kReadOnly;
  else if ((stage == Stage::kGuard && is_denial(error->sqlerrcode)) || is_policy_refusal(error))
    error->sqlerrcode = kForbidden;
}

RunOutcome refused_by(ErrorData* error) { return {nullptr, error_json(error, nullptr), error->sqlerrcode}; }

// With its place, when it is only one of their values that can't be taken.
RunOutcome refused_json(const JsonSyntaxError& wrong) {
  ErrorData error = {};
  error.sqlerrcode = kInvalidArguments;
  error.message = psprintf("the arguments are not valid JSON: %s at offset %d", wrong.message, wrong.offset);
  if (wrong.path == nullptr || *wrong.path == '\0') return refused_by(&error);
  Problems problems;
  problems_init(&problems);
  problems_add(&problems, wrong.path, "a value that can be stored", wrong.message);
  return {nullptr, error_json(&error, problems_finish(&problems)), kInvalidArguments};
}

bool read_arguments(const RunRequest& request, JsonValue* arguments, RunOutcome* outcome) {
  int length = static_cast<int>(strlen(request.arguments));
  JsonSyntaxError error;
  if (length > setting_max_argument_bytes)
    *outcome = run_refused(kTooLarge,
                           psprintf("the arguments are larger than %d bytes", setting_max_argument_bytes));
  else if (!json_parse(request.arguments, length, arguments, &error))
    *outcome = refused_json(error);
  else
    return true;
  return false;
}

RunOutcome refused_arguments(const Function* function, Problems* problems) {
  ErrorData error = {};
  error.sqlerrcode = kInvalidArguments;
  error.message = psprintf("the arguments of %s are not valid", function->path);
  return {nullptr, error_json(&error, problems_finish(problems)), kInvalidArguments};
}

// Deferred triggers would otherwise run at COMMIT, as the role of the connection.
void check_deferred_constraints() {
  ConstraintsSetStmt* all = makeNode(ConstraintsSetStmt);
  all->constraints = NIL;
  all->deferred = false;
  AfterTriggerSetState(all);
}

// Everything inside the subtransaction, as the owner. Raises errors; false when the arguments were at fault.
bool run_body(Function* function, const RunRequest& request, const JsonValue* arguments,
              BoundArguments* bound, Problems* problems, volatile Stage* stage, StringInfo out) {
  bool read_only = request.kind == FunctionKind::kQuery;
  bind_arguments(function, arguments, bound, problems);
  convert_arguments(bound, problems);
  const bool paged = request.page != nullptr && !request.guard_only;
  PageRun page = {};
  if (paged) {
    *stage = Stage::kFunction;
    prepare_page(function, request.page, request.arguments, problems, &page);
  }
  if (problems->count > 0) return false;
  if (request.guard_only || (!read_only && !request.of_job)) {
    *stage = Stage::kGuard;
    execute_guard(function, bound);
  }
  if (request.guard_only) {
    appendStringInfoString(out, "true");
    return true;
  }
  *stage = Stage::kFunction;
  drop_plans_of_old_row_type(function);
  know_contract(function);
  paged ? execute_page(function, bound, page, out) : execute_function(function, bound, read_only, out);
  if (!read_only && !kMutantDeferredLater) check_deferred_constraints();
  return true;
}

// The arguments once more, each by itself, after one of them raised.
RunOutcome explain_arguments(Function* function, const JsonValue* arguments, const ErrorData* error) {
  Problems problems;
  problems_init(&problems);
  MemoryContext outer = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(outer);
  enter_rights(function);
  BoundArguments bound;
  bind_arguments(function, arguments, &bound, &problems);
  check_arguments_isolated(&bound, &problems);
  RollbackAndReleaseCurrentSubTransaction();
  MemoryContextSwitchTo(outer);
  CurrentResourceOwner = owner;
  // An error that does not come back the second time is still the caller's answer.
  if (problems.count == 0) problems_add(&problems, "", error->message, "");
  return refused_arguments(function, &problems);
}

bool is_data_error(int sqlstate) {
  int category = ERRCODE_TO_CATEGORY(sqlstate);
  return category == ERRCODE_DATA_EXCEPTION || category == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION ||
         (category == ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION &&
          sqlstate != ERRCODE_INSUFFICIENT_PRIVILEGE);
}

int deadline_for(const Function* function, const RunRequest& request) {
  int own = deadline_of(function);
  return request.deadline_ms > 0 ? Min(own, request.deadline_ms) : own;
}

RunOutcome deadline_exceeded(const Function* function, int deadline_ms) {
  ErrorData error = {};
  error.sqlerrcode = ERRCODE_QUERY_CANCELED;
  error.message = psprintf("%s took longer than its deadline of %d ms", function->path, deadline_ms);
  return refused_by(&error);
}

}  // namespace

RunOutcome run_refused_identity() {
  return run_refused(kUnauthenticated, "the identity is not a JSON object");
}

RunOutcome run_refused(int sqlstate, const char* message) {
  ErrorData error = {};
  error.sqlerrcode = sqlstate;
  error.message = const_cast<char*>(message);
  return refused_by(&error);
}

RunOutcome run_isolated(const RunRequest& request) {
  RunOutcome outcome = {};
  Function* function = resolve(request, &outcome);
  if (function == nullptr) return outcome;
  JsonValue arguments;
  if (!read_arguments(request, &arguments, &outcome)) return outcome;

  bool read_only = request.kind == FunctionKind::kQuery;
  MemoryContext results = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  StringInfoData out;
  initStringInfo(&out);
  Problems problems;
  problems_init(&problems);
  volatile Stage stage = Stage::kArguments;
  volatile bool good = false;
  volatile bool late = false;
  ErrorData* volatile error = nullptr;

  BeginInternalSubTransaction(nullptr);
  PG_TRY();
  {
    MemoryContextSwitchTo(results);
    SavedRights rights = enter_rights(function);
    row_security_watch(function);
    stateful_languages_watch(function);
    if (read_only && !kMutantQueriesWrite) XactReadOnly = true;
    SPI_connect();
    explain_start(!read_only);
    deadline_start(deadline_for(function, request));
    BoundArguments bound;
    good = run_body(function, request, &arguments, &bound, &problems, &stage, &out);
    late = deadline_stop();
    explain_stop();
    row_security_unwatch();
    stateful_languages_unwatch();
    SPI_finish();
    if (kMutantSettingsSurvive && good && !late) {
      SetUserIdAndSecContext(rights.user, rights.security_context);
      ReleaseCurrentSubTransaction();
    } else if (read_only || !good || late) {
      RollbackAndReleaseCurrentSubTransaction();
    } else {
      leave_rights(rights);
      ReleaseCurrentSubTransaction();
    }
    MemoryContextSwitchTo(results);
    CurrentResourceOwner = owner;
  }
  PG_CATCH();
  {
    late = deadline_stop();
    explain_discard();
    row_security_unwatch();
    stateful_languages_unwatch();
    MemoryContextSwitchTo(results);
    error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(results);
    CurrentResourceOwner = owner;
  }
  PG_END_TRY();

  if (identity_in_plan()) drop_plans(function);
  if (late) return deadline_exceeded(function, deadline_for(function, request));
  if (error != nullptr) {
    if (error->sqlerrcode == ERRCODE_QUERY_CANCELED) ReThrowError(error);
    if (stage == Stage::kArguments && is_data_error(error->sqlerrcode))
      return explain_arguments(function, &arguments, error);
    map_error(error, stage, read_only);
    const char* violation = stage == Stage::kFunction && is_violation(error->sqlerrcode)
                                ? violation_json(function, error)
                                : nullptr;
    return {nullptr, error_json(error, nullptr, violation), error->sqlerrcode};
  }
  if (!good) return refused_arguments(function, &problems);
  outcome.value = out.data;
  return outcome;
}

}  // namespace freshet
