// freshet.run_job(): one attempt of a job, exactly once.
//
// The job's row is locked first and marked as done last, in the transaction of the function's effects: they
// commit together or not at all, and whoever holds the lock is the only one that runs it. A gateway that dies
// gives the lock back with its connection. As with the records of mutations the row is reached by its place,
// not through an index: what one job reads there another would seem to overwrite (see
// call/mutation.cpp).
#include "job/run_job.h"

#include "call/answer_isolated.h"
#include "call/json_type.h"
#include "call/rights.h"
#include "errors.h"
#include "identity/identity.h"
#include "mutant.h"

extern "C" {
#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "storage/itemptr.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
}

using namespace freshet;

namespace {

constexpr bool kMutantUnlocked = FRESHET_MUTANT_IS(JOB_NOT_LOCKED);
constexpr bool kMutantNoSlots = FRESHET_MUTANT_IS(QUEUE_LIMIT_IGNORED);

int64 running;

struct Attempt {
  int64 id;
  Datum place;  // tid
};

constexpr char kDone[] = "done";
constexpr char kBusy[] = "busy";
constexpr char kGone[] = "gone";

SPIPlanPtr kept_plan(SPIPlanPtr* slot, const char* sql, int count, const Oid* types) {
  if (*slot != nullptr) return *slot;
  SPIPlanPtr plan = SPI_prepare(sql, count, const_cast<Oid*>(types));
  if (plan == nullptr) elog(ERROR, "cannot prepare a job statement: %s", SPI_result_code_string(SPI_result));
  SPI_keepplan(plan);
  return *slot = plan;
}

struct Taken {
  const char* path;
  const char* arguments;
  const char* identity;  // nullptr: nobody
  Datum queue;           // text
};

// False when somebody else has the job or had it.
bool take(const Attempt* attempt, MemoryContext results, Taken* taken) {
  static SPIPlanPtr plan;
  static const Oid kTypes[] = {TIDOID, INT8OID};
  Datum values[] = {attempt->place, Int64GetDatum(attempt->id)};
  kept_plan(&plan,
            kMutantUnlocked ? "SELECT path, args::text, identity::text, queue FROM freshet.job "
                              "WHERE id = $2 AND $1 IS NOT NULL"
                            : "SELECT path, args::text, identity::text, queue FROM freshet.job "
                              "WHERE ctid = $1 AND id = $2 AND state = 'scheduled' FOR UPDATE SKIP LOCKED",
            lengthof(values), kTypes);
  if (SPI_execute_plan(plan, values, nullptr, false, 0) != SPI_OK_SELECT) elog(ERROR, "cannot take a job");
  if (SPI_processed == 0) return false;
  HeapTuple row = SPI_tuptable->vals[0];
  TupleDesc columns = SPI_tuptable->tupdesc;
  MemoryContext outer = MemoryContextSwitchTo(results);
  taken->path = SPI_getvalue(row, columns, 1);
  taken->arguments = SPI_getvalue(row, columns, 2);
  taken->identity = SPI_getvalue(row, columns, 3);
  taken->queue = CStringGetTextDatum(SPI_getvalue(row, columns, 4));
  MemoryContextSwitchTo(outer);
  return true;
}

// One of the queue's places, as an advisory lock until the end of the transaction. Read at the newest
// committed state, so that what people say of a queue conflicts with no job.
bool take_slot(Datum queue) {
  static SPIPlanPtr plan;
  static const Oid kTypes[] = {TEXTOID};
  kept_plan(&plan, "SELECT concurrency, paused FROM freshet.job_queue WHERE name = $1", 1, kTypes);
  PushActiveSnapshot(GetLatestSnapshot());
  int status =
      SPI_execute_snapshot(plan, &queue, nullptr, GetActiveSnapshot(), InvalidSnapshot, true, false, 0);
  PopActiveSnapshot();
  if (status != SPI_OK_SELECT) elog(ERROR, "cannot read a queue");
  if (SPI_processed == 0 || kMutantNoSlots) return true;
  HeapTuple row = SPI_tuptable->vals[0];
  bool unlimited, is_null;
  int slots = DatumGetInt32(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &unlimited));
  if (DatumGetBool(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &is_null))) return false;
  if (unlimited) return true;
  text* name = DatumGetTextPP(queue);
  uint32 key = hash_bytes(reinterpret_cast<unsigned char*>(VARDATA_ANY(name)),
                          static_cast<int>(VARSIZE_ANY_EXHDR(name)));
  for (int slot = 0; slot < slots; slot++) {
    if (DatumGetBool(DirectFunctionCall2(pg_try_advisory_xact_lock_int4,
                                         Int32GetDatum(static_cast<int32>(key)), Int32GetDatum(slot))))
      return true;
  }
  return false;
}

void finish(const Attempt& attempt, const char* result) {
  static SPIPlanPtr plan;
  static const Oid kTypes[] = {TIDOID, TEXTOID};
  Datum values[] = {attempt.place, CStringGetTextDatum(result)};
  kept_plan(&plan,
            "UPDATE freshet.job SET state = 'done', finished_at = clock_timestamp(), result = $2::jsonb, "
            "error = NULL WHERE ctid = $1",
            lengthof(values), kTypes);
  if (SPI_execute_plan(plan, values, nullptr, false, 0) != SPI_OK_UPDATE ||
      (SPI_processed != 1 && !kMutantUnlocked))
    elog(ERROR, "cannot finish a job");
}

RunOutcome run(const Taken& taken) {
  RunOutcome outcome;
  discard_suspect_plans();
  if (!identity_open(taken.identity, GetCurrentTransactionStartTimestamp())) return run_refused_identity();
  PG_TRY();
  {
    RunRequest request = {};
    request.path = taken.path;
    request.arguments = taken.arguments;
    request.kind = FunctionKind::kMutation;
    request.of_job = true;
    outcome = run_isolated(request);
  }
  PG_FINALLY();
  { identity_close(); }
  PG_END_TRY();
  return outcome;
}

RunOutcome answer(const void* asked, MemoryContext results) {
  const Attempt* attempt = static_cast<const Attempt*>(asked);
  Taken taken = {};
  const bool mine = take(attempt, results, &taken);
  if (!mine || !take_slot(taken.queue)) {
    return {mine ? kBusy : kGone, nullptr, 0};
  }
  MemoryContext outer = MemoryContextSwitchTo(results);
  RunOutcome outcome = run(taken);
  MemoryContextSwitchTo(outer);
  if (outcome.error != nullptr) return outcome;
  finish(*attempt, outcome.value);
  outcome.value = kDone;
  return outcome;
}

}  // namespace

namespace freshet {

int64 job_that_runs() { return running; }

}  // namespace freshet

FRESHET_FUNCTION(freshet_run_job) {
  if (!IsolationIsSerializable())
    ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_STATE),
                    errmsg("freshet.run_job needs a serializable transaction"),
                    errhint("BEGIN ISOLATION LEVEL SERIALIZABLE first.")));
  if (identity_is_open())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("freshet.run_job cannot be called inside of a run")));
  Attempt attempt = {PG_GETARG_INT64(0), 0};
  attempt.place = DirectFunctionCall1(tidin, CStringGetDatum(text_to_cstring(PG_GETARG_TEXT_PP(1))));
  purge_functions();
  purge_json_types();
  RunOutcome given = {};
  int level = NewGUCNestLevel();
  pin_settings();
  running = attempt.id;
  PG_TRY();
  { given = answer_isolated(answer, &attempt); }
  PG_FINALLY();
  { running = 0; }
  PG_END_TRY();
  AtEOXact_GUC(true, level);

  TupleDesc descriptor;
  if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
    elog(ERROR, "freshet.run_job returns a row");
  const char* texts[] = {given.error != nullptr ? "error" : given.value, given.error};
  Datum values[lengthof(texts)];
  bool nulls[lengthof(texts)];
  for (size_t i = 0; i < lengthof(texts); i++) {
    nulls[i] = texts[i] == nullptr;
    values[i] = nulls[i] ? static_cast<Datum>(0) : CStringGetTextDatum(texts[i]);
  }
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}
