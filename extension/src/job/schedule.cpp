// freshet.schedule(), cancel() and retry(): a job is a row, written in the transaction that asks for it.
#include "errors.h"
#include "identity/identity.h"
#include "job/run_job.h"
#include "job/target.h"
#include "registry/registry_write.h"

extern "C" {
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/timestamp.h"
}

using namespace freshet;

namespace {

// Arguments of freshet.schedule(), in order.
enum Option { kPath, kArguments, kAt, kAfter, kQueue, kMaxAttempts, kAsCaller };

TimestampTz due_time(FunctionCallInfo fcinfo) {
  if (!PG_ARGISNULL(kAt) && !PG_ARGISNULL(kAfter))
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("at and after are both given"),
                    errhint("Leave one of them out.")));
  if (!PG_ARGISNULL(kAfter))
    return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
                                                   TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()),
                                                   PG_GETARG_DATUM(kAfter)));
  if (PG_ARGISNULL(kAt)) return GetCurrentTransactionStartTimestamp();
  TimestampTz at = PG_GETARG_TIMESTAMPTZ(kAt);
  if (TIMESTAMP_NOT_FINITE(at))
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("at must be a time, not infinity")));
  return at;
}

const char* caller_of(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(kAsCaller) || !PG_GETARG_BOOL(kAsCaller)) return nullptr;
  const char* identity = identity_is_open() ? identity_text() : nullptr;
  if (identity == nullptr)
    ereport(ERROR, (errcode(kUnauthenticated), errmsg("there is no caller for whom the job could run"),
                    errhint("Leave out as_caller, or call this for somebody who has signed in.")));
  return identity;
}

// The job's row when the current user may act for its owner; NULL owner otherwise.
bool may_touch(int64 job) {
  static const Oid kTypes[] = {INT8OID};
  Datum values[] = {Int64GetDatum(job)};
  execute_as_registry_owner("SELECT owner::text FROM freshet.job WHERE id = $1", 1, kTypes, values, nullptr);
  if (SPI_processed == 0) return false;
  return may_act_for(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
}

bool change(int64 job, const char* sql) {
  static const Oid kTypes[] = {INT8OID};
  Datum values[] = {Int64GetDatum(job)};
  SPI_connect();
  bool changed = false;
  if (may_touch(job)) {
    execute_as_registry_owner(sql, 1, kTypes, values, nullptr);
    changed = SPI_processed > 0;
  }
  SPI_finish();
  return changed;
}

}  // namespace

FRESHET_FUNCTION(freshet_schedule) {
  if (PG_ARGISNULL(kPath) || PG_ARGISNULL(kArguments) || PG_ARGISNULL(kQueue) || PG_ARGISNULL(kMaxAttempts))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                    errmsg("path, args, queue and max_attempts must not be null")));
  static const Oid kTypes[] = {TEXTOID, JSONBOID, TEXTOID, TIMESTAMPTZOID, INT4OID, TEXTOID, TEXTOID};
  char* path = text_to_cstring(PG_GETARG_TEXT_PP(kPath));
  Function* function = job_target(path, PG_GETARG_JSONB_P(kArguments));
  const char* caller = caller_of(fcinfo);
  Datum values[] = {PG_GETARG_DATUM(kPath),
                    PG_GETARG_DATUM(kArguments),
                    CStringGetTextDatum(queue_name(PG_GETARG_TEXT_PP(kQueue))),
                    TimestampTzGetDatum(due_time(fcinfo)),
                    Int32GetDatum(attempts_allowed(PG_GETARG_INT32(kMaxAttempts))),
                    CStringGetTextDatum(GetUserNameFromId(function->owner, false)),
                    caller != nullptr ? CStringGetTextDatum(caller) : 0};
  char nulls[] = "       ";
  if (caller == nullptr) nulls[6] = 'n';
  SPI_connect();
  execute_as_registry_owner(
      "INSERT INTO freshet.job (path, args, queue, run_at, max_attempts, owner, identity) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb) RETURNING id",
      lengthof(values), kTypes, values, nulls);
  bool is_null;
  int64 id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
  SPI_finish();
  PG_RETURN_INT64(id);
}

FRESHET_FUNCTION(freshet_cancel) {
  int64 job = PG_GETARG_INT64(0);
  // A run that cancels its own job is under way already.
  if (job == job_that_runs()) PG_RETURN_BOOL(false);
  PG_RETURN_BOOL(change(job,
                        "UPDATE freshet.job SET state = 'cancelled', finished_at = clock_timestamp() "
                        "WHERE id = $1 AND state = 'scheduled'"));
}

FRESHET_FUNCTION(freshet_retry) {
  PG_RETURN_BOOL(change(PG_GETARG_INT64(0),
                        "UPDATE freshet.job SET state = 'scheduled', finished_at = NULL, attempt = 0, "
                        "run_at = clock_timestamp() WHERE id = $1 AND state = 'failed'"));
}
