// freshet.as_user() and freshet.invoke(): tests and people at psql in the place of a client.
#include "call/function.h"
#include "call/json_read.h"
#include "call/json_type.h"
#include "call/rights.h"
#include "call/run.h"
#include "errors.h"
#include "identity/identity.h"
#include "mutant.h"

extern "C" {
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
}

using namespace freshet;

namespace {

constexpr bool kMutantAnywhere = FRESHET_MUTANT_IS(AS_USER_ANYWHERE);

bool invoking;

char* jsonb_text(Jsonb* document) { return JsonbToCString(nullptr, &document->root, VARSIZE(document)); }

[[noreturn]] void raise_outcome(const RunOutcome& outcome) {
  JsonValue error;
  JsonSyntaxError syntax;
  const JsonValue* message = nullptr;
  const JsonValue* data = nullptr;
  const JsonValue* constraint = nullptr;
  if (json_parse(pstrdup(outcome.error), strlen(outcome.error), &error, &syntax)) {
    message = json_member(&error, "message");
    data = json_member(&error, "data");
    constraint = json_member(&error, "constraint");
    if (data != nullptr && data->kind == JsonKind::kObject) constraint = json_member(data, "code");
  }
  // Where fail() puts the application's code, and the server the constraint's name.
  ereport(ERROR, (errcode(outcome.sqlstate), errmsg("%s", message != nullptr ? message->text : "it failed"),
                  errdetail("%s", outcome.error),
                  constraint != nullptr ? err_generic_string(PG_DIAG_CONSTRAINT_NAME, constraint->text) : 0));
  pg_unreachable();
}

FunctionKind kind_of(const char* path) {
  Function* function = find_function(path);
  return function != nullptr ? function->row.kind : FunctionKind::kQuery;
}

// The guard of a query is a run of its own, as the gateway makes it.
RunOutcome invoke(const char* path, const char* arguments) {
  RunRequest request = {};
  request.path = path;
  request.arguments = arguments;
  request.kind = kind_of(path);
  Function* function = find_function(path);
  if (request.kind == FunctionKind::kQuery && function != nullptr && function->row.guard != nullptr) {
    request.guard_only = true;
    RunOutcome guarded = run_isolated(request);
    if (guarded.error != nullptr) return guarded;
    request.guard_only = false;
  }
  return run_isolated(request);
}

}  // namespace

FRESHET_FUNCTION(freshet_as_user) {
  if (!IsTransactionBlock())
    ereport(ERROR, (errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
                    errmsg("freshet.as_user needs a transaction block"), errhint("BEGIN first.")));
  // What an exposed function runs, or one with its owner's rights, must not choose for whom.
  if ((InLocalUserIdChange() || InSecurityRestrictedOperation() || invoking) && !kMutantAnywhere)
    ereport(ERROR,
            (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
             errmsg("freshet.as_user cannot be called from inside a function that runs as its owner")));
  const char* claims = PG_ARGISNULL(0) ? nullptr : jsonb_text(PG_GETARG_JSONB_P(0));
  discard_suspect_plans();
  if (!identity_assume(claims, GetCurrentTransactionStartTimestamp()))
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("claims must be a JSON object")));
  PG_RETURN_VOID();
}

FRESHET_FUNCTION(freshet_invoke) {
  if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("path and args must not be null")));
  if (invoking || (identity_is_open() && !identity_is_assumed()))
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("freshet.invoke cannot be called inside of a run")));
  AcceptInvalidationMessages();
  discard_suspect_plans();
  purge_functions();
  purge_json_types();
  const bool anonymous = !identity_is_open();
  if (anonymous) identity_open(nullptr, GetCurrentTransactionStartTimestamp());
  RunOutcome outcome;
  int level = NewGUCNestLevel();
  pin_settings();
  invoking = true;
  PG_TRY();
  { outcome = invoke(text_to_cstring(PG_GETARG_TEXT_PP(0)), jsonb_text(PG_GETARG_JSONB_P(1))); }
  PG_FINALLY();
  {
    invoking = false;
    if (anonymous) identity_close();
  }
  PG_END_TRY();
  AtEOXact_GUC(true, level);
  if (outcome.error != nullptr) raise_outcome(outcome);
  PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(outcome.value)));
}
