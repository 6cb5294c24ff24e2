// freshet.cron(): schedules, kept as rows that say when they are due next.
#include "errors.h"
#include "job/cron_spec.h"
#include "job/target.h"
#include "registry/registry_write.h"

extern "C" {
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/timestamp.h"
}

using namespace freshet;

namespace {

// Arguments of freshet.cron(), in order.
enum Option { kName, kSpec, kPath, kArguments, kTimezone, kQueue, kMissed, kMaxAttempts, kOptions };

// True when there is one of that name and the current user may act for its owner; an error when he may not.
bool may_touch(Datum name) {
  static const Oid kTypes[] = {TEXTOID};
  execute_as_registry_owner("SELECT owner::text FROM freshet.cron WHERE name = $1", 1, kTypes, &name,
                            nullptr);
  if (SPI_processed == 0) return false;
  const char* owner = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
  if (!may_act_for(owner))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("the schedule \"%s\" belongs to role \"%s\"", TextDatumGetCString(name), owner)));
  return true;
}

}  // namespace

FRESHET_FUNCTION(freshet_cron) {
  for (int i = 0; i < kOptions; i++)
    if (PG_ARGISNULL(i))
      ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("no argument of cron may be null")));
  char* spec_text = text_to_cstring(PG_GETARG_TEXT_PP(kSpec));
  CronSpec spec = parse_cron_spec(spec_text);
  pg_tz* zone = cron_zone(text_to_cstring(PG_GETARG_TEXT_PP(kTimezone)));
  char* missed = text_to_cstring(PG_GETARG_TEXT_PP(kMissed));
  if (strcmp(missed, "once") != 0 && strcmp(missed, "skip") != 0)
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("missed must be 'once' or 'skip', not '%s'", missed)));
  TimestampTz next;
  if (!next_cron_time(spec, zone, GetCurrentTimestamp(), &next))
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("\"%s\" is never due", spec_text),
                    errdetail("No such day comes within 28 years.")));
  Function* function = job_target(text_to_cstring(PG_GETARG_TEXT_PP(kPath)), PG_GETARG_JSONB_P(kArguments));
  static const Oid kTypes[] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID,
                               TEXTOID, TEXTOID, INT4OID, TEXTOID, TIMESTAMPTZOID};
  Datum values[] = {PG_GETARG_DATUM(kName),
                    PG_GETARG_DATUM(kSpec),
                    PG_GETARG_DATUM(kTimezone),
                    PG_GETARG_DATUM(kPath),
                    PG_GETARG_DATUM(kArguments),
                    CStringGetTextDatum(queue_name(PG_GETARG_TEXT_PP(kQueue))),
                    PG_GETARG_DATUM(kMissed),
                    Int32GetDatum(attempts_allowed(PG_GETARG_INT32(kMaxAttempts))),
                    CStringGetTextDatum(GetUserNameFromId(function->owner, false)),
                    TimestampTzGetDatum(next)};
  SPI_connect();
  may_touch(values[0]);
  // The same again, as a deployment says it, leaves alone when it is due.
  execute_as_registry_owner(
      "INSERT INTO freshet.cron AS c (name, spec, timezone, path, args, queue, missed, max_attempts, owner, "
      "next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (name) DO UPDATE SET spec = $2, "
      "timezone = $3, path = $4, args = $5, queue = $6, missed = $7, max_attempts = $8, owner = $9, "
      "next_at = CASE WHEN c.spec = $2 AND c.timezone = $3 THEN c.next_at ELSE $10 END",
      lengthof(values), kTypes, values, nullptr);
  SPI_finish();
  PG_RETURN_VOID();
}

FRESHET_FUNCTION(freshet_uncron) {
  static const Oid kTypes[] = {TEXTOID};
  Datum name = PG_GETARG_DATUM(0);
  SPI_connect();
  bool known = may_touch(name);
  if (known) execute_as_registry_owner("DELETE FROM freshet.cron WHERE name = $1", 1, kTypes, &name, nullptr);
  SPI_finish();
  PG_RETURN_BOOL(known);
}

FRESHET_FUNCTION(freshet_next_cron_time) {
  CronSpec spec = parse_cron_spec(text_to_cstring(PG_GETARG_TEXT_PP(0)));
  pg_tz* zone = cron_zone(text_to_cstring(PG_GETARG_TEXT_PP(1)));
  TimestampTz next;
  if (!next_cron_time(spec, zone, PG_GETARG_TIMESTAMPTZ(2), &next)) PG_RETURN_NULL();
  PG_RETURN_TIMESTAMPTZ(next);
}
