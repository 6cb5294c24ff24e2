// freshet.call(): one mutation, at most once per (session, request id).
//
// The record is claimed by an INSERT that is the first statement of the mutation's own transaction, so the
// record and the effects commit or vanish together. All reads of the records avoid predicate locks on their
// index: a mutation that looked up its own record would seem to depend on every later one that put a record
// on the same page, and three such mutations at once are a dangerous structure to SERIALIZABLE.
#include "call/json_read.h"
#include "call/json_type.h"
#include "call/json_write.h"
#include "call/rights.h"
#include "call/run.h"
#include "errors.h"
#include "identity/identity.h"
#include "mutant.h"

extern "C" {
#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "executor/spi.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
}

using namespace freshet;

namespace {

constexpr bool kMutantPrincipal = FRESHET_MUTANT_IS(PRINCIPAL_IGNORED);
constexpr bool kMutantOldFloor = FRESHET_MUTANT_IS(FLOOR_OF_THE_SNAPSHOT);
constexpr bool kMutantByKey = FRESHET_MUTANT_IS(RECORD_UPDATED_BY_KEY);

struct Request {
  Datum session;  // text
  bool recorded;  // has a session
  int64 id;
  Datum principal;
  const char* path;
  const char* arguments;
  const char* identity;
  int deadline_ms;  // 0: none but the function's own
  Datum hash;       // bytea, of path and arguments
};

struct Answer {
  RunOutcome outcome;
  const char* xid;
  bool replayed;
};

SPIPlanPtr kept_plan(SPIPlanPtr* slot, const char* sql, int count, const Oid* types) {
  if (*slot != nullptr) return *slot;
  SPIPlanPtr plan = SPI_prepare(sql, count, const_cast<Oid*>(types));
  if (plan == nullptr)
    elog(ERROR, "cannot prepare a record statement: %s", SPI_result_code_string(SPI_result));
  SPI_keepplan(plan);
  return *slot = plan;
}

char* own_xid() { return psprintf(UINT64_FORMAT, U64FromFullTransactionId(GetTopFullTransactionId())); }

// SHA-256 over the path and the canonical arguments: the same call in another spelling is the same call.
Datum call_hash(const char* path, const JsonValue* arguments) {
  StringInfoData text;
  initStringInfo(&text);
  appendBinaryStringInfo(&text, path, strlen(path) + 1);
  append_json_canonical(&text, arguments);
  bytea* hash = static_cast<bytea*>(palloc(VARHDRSZ + PG_SHA256_DIGEST_LENGTH));
  SET_VARSIZE(hash, VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
  uint8* digest = reinterpret_cast<uint8*>(VARDATA(hash));
  pg_cryptohash_ctx* context = pg_cryptohash_create(PG_SHA256);
  if (context == nullptr || pg_cryptohash_init(context) < 0 ||
      pg_cryptohash_update(context, reinterpret_cast<uint8*>(text.data), text.len) < 0 ||
      pg_cryptohash_final(context, digest, PG_SHA256_DIGEST_LENGTH) < 0)
    elog(ERROR, "cannot compute SHA-256");
  pg_cryptohash_free(context);
  return PointerGetDatum(hash);
}

// True with the new row's place when the record is ours; false when there is one already that this snapshot
// sees. One that it does not see is a serialization failure: another attempt has committed meanwhile, and
// only a new transaction can read what it answered.
bool claim(const Request& request, ItemPointer place) {
  static SPIPlanPtr plan;
  static const Oid kTypes[] = {TEXTOID, INT8OID, TEXTOID, BYTEAOID, TEXTOID};
  Datum values[] = {request.session, Int64GetDatum(request.id), request.principal, request.hash,
                    CStringGetTextDatum(own_xid())};
  kept_plan(&plan,
            "INSERT INTO freshet.mutation (session, request_id, principal, call_hash, xid) VALUES ($1, $2, "
            "$3, $4, $5) "
            "ON CONFLICT (session, request_id) DO NOTHING RETURNING ctid",
            lengthof(values), kTypes);
  if (SPI_execute_plan(plan, values, nullptr, false, 0) != SPI_OK_INSERT_RETURNING)
    elog(ERROR, "cannot claim a mutation record");
  if (SPI_processed == 0) return false;
  bool is_null;
  *place = *reinterpret_cast<ItemPointer>(
      DatumGetPointer(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null)));
  return true;
}

Answer replay(const Request& request, MemoryContext results) {
  static SPIPlanPtr plan;
  static const Oid kTypes[] = {TEXTOID, INT8OID, TEXTOID, BYTEAOID};
  Datum values[] = {request.session, Int64GetDatum(request.id), request.principal, request.hash};
  kept_plan(
      &plan,
      kMutantPrincipal
          ? "SELECT $3 IS NOT NULL AND call_hash = $4, result, xid FROM freshet.mutation WHERE session = $1 "
            "AND request_id = $2"
          : "SELECT principal = $3 AND call_hash = $4, result, xid FROM freshet.mutation WHERE session = $1 "
            "AND request_id = $2",
      lengthof(values), kTypes);
  if (SPI_execute_plan(plan, values, nullptr, true, 0) != SPI_OK_SELECT)
    elog(ERROR, "cannot read a mutation record");
  MemoryContext outer = MemoryContextSwitchTo(results);
  Answer answer = {};
  bool is_null = true;
  HeapTuple row = SPI_processed > 0 ? SPI_tuptable->vals[0] : nullptr;
  char* result = row != nullptr ? SPI_getvalue(row, SPI_tuptable->tupdesc, 2) : nullptr;
  if (row == nullptr || result == nullptr) {
    // Pruned between the two statements, or claimed earlier in this very transaction.
    answer.outcome = run_refused(kOutcomeUnknown, "the record of this request is gone");
  } else if (DatumGetBool(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &is_null)) && !is_null) {
    answer.outcome.value = pstrdup(result);
    answer.xid = pstrdup(SPI_getvalue(row, SPI_tuptable->tupdesc, 3));
    answer.replayed = true;
  } else {
    answer.outcome = run_refused(kConflict, "this request id was used for another call");
  }
  MemoryContextSwitchTo(outer);
  return answer;
}

// The floor at the newest committed state; -1 when the session is not known. Read after the claim:
// acknowledging raises the floor before it deletes records, so a record whose deletion made room for our
// claim lies below the floor that is seen here.
int64 newest_floor(const Request& request) {
  static SPIPlanPtr plan;
  static const Oid kTypes[] = {TEXTOID};
  Datum values[] = {request.session};
  kept_plan(&plan, "SELECT floor FROM freshet.session WHERE id = $1", 1, kTypes);
  PushActiveSnapshot(kMutantOldFloor ? GetTransactionSnapshot() : GetLatestSnapshot());
  if (SPI_execute_snapshot(plan, values, nullptr, GetActiveSnapshot(), InvalidSnapshot, true, false, 0) !=
      SPI_OK_SELECT)
    elog(ERROR, "cannot read a session");
  PopActiveSnapshot();
  if (SPI_processed == 0) return -1;
  bool is_null;
  return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
}

// By the row's place, not by its key: see the top of the file.
void record_result(ItemPointer place, const char* result) {
  static SPIPlanPtr plan;
  static const Oid kTypes[] = {TIDOID, TEXTOID};
  Datum values[] = {PointerGetDatum(place), CStringGetTextDatum(result)};
  kept_plan(&plan,
            kMutantByKey ? "UPDATE freshet.mutation SET result = $2 WHERE (session, request_id) = "
                           "(SELECT session, request_id FROM freshet.mutation WHERE ctid = $1)"
                         : "UPDATE freshet.mutation SET result = $2 WHERE ctid = $1",
            2, kTypes);
  if (SPI_execute_plan(plan, values, nullptr, false, 0) != SPI_OK_UPDATE || SPI_processed != 1)
    elog(ERROR, "cannot write a mutation record");
}

RunOutcome run_mutation(const Request& request) {
  RunOutcome outcome;
  discard_suspect_plans();
  if (!identity_open(request.identity, GetCurrentTransactionStartTimestamp())) return run_refused_identity();
  PG_TRY();
  {
    RunRequest run = {};
    run.path = request.path;
    run.arguments = request.arguments;
    run.kind = FunctionKind::kMutation;
    run.deadline_ms = request.deadline_ms;
    outcome = run_isolated(run);
  }
  PG_FINALLY();
  { identity_close(); }
  PG_END_TRY();
  return outcome;
}

// Everything that writes records; raised errors become the answer in answer_isolated().
Answer answer(const Request& request, MemoryContext results) {
  Answer answer = {};
  ItemPointerData place;
  if (request.recorded) {
    if (!claim(request, &place)) return replay(request, results);
    int64 floor = newest_floor(request);
    MemoryContext outer = MemoryContextSwitchTo(results);
    if (floor < 0) answer.outcome = run_refused(kOutcomeUnknown, "this session is not known here");
    if (floor >= request.id)
      answer.outcome = run_refused(kOutcomeUnknown, "the record of this request is gone");
    MemoryContextSwitchTo(outer);
    if (answer.outcome.error != nullptr) return answer;
  }
  MemoryContext outer = MemoryContextSwitchTo(results);
  answer.outcome = run_mutation(request);
  MemoryContextSwitchTo(outer);
  if (answer.outcome.error == nullptr && request.recorded) record_result(&place, answer.outcome.value);
  FullTransactionId xid = GetTopFullTransactionIdIfAny();
  if (FullTransactionIdIsValid(xid))
    answer.xid = MemoryContextStrdup(results, psprintf(UINT64_FORMAT, U64FromFullTransactionId(xid)));
  return answer;
}

// A serialization failure of the record's own statements is data like that of the function.
Answer answer_isolated(const Request& request) {
  MemoryContext results = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  Answer given = {};
  BeginInternalSubTransaction(nullptr);
  PG_TRY();
  {
    SPI_connect();
    given = answer(request, results);
    SPI_finish();
    ReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(results);
    CurrentResourceOwner = owner;
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(results);
    ErrorData* error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(results);
    CurrentResourceOwner = owner;
    if (error->sqlerrcode == ERRCODE_QUERY_CANCELED) ReThrowError(error);
    given = {};
    given.outcome.error = error_json(error, nullptr);
    given.outcome.sqlstate = error->sqlerrcode;
  }
  PG_END_TRY();
  return given;
}

Datum answer_row(FunctionCallInfo fcinfo, const Answer& answer) {
  TupleDesc descriptor;
  if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
    elog(ERROR, "freshet.call returns a row");
  const char* texts[] = {answer.outcome.value, answer.outcome.error, answer.xid};
  Datum values[4];
  bool nulls[4];
  for (int i = 0; i < 3; i++) {
    nulls[i] = texts[i] == nullptr;
    values[i] = nulls[i] ? static_cast<Datum>(0) : CStringGetTextDatum(texts[i]);
  }
  values[3] = BoolGetDatum(answer.replayed);
  nulls[3] = false;
  return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
}

char* text_argument(FunctionCallInfo fcinfo, int argument) {
  return PG_ARGISNULL(argument) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

}  // namespace

FRESHET_FUNCTION(freshet_call) {
  if (!IsolationIsSerializable())
    ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_STATE),
                    errmsg("freshet.call needs a serializable transaction"),
                    errhint("BEGIN ISOLATION LEVEL SERIALIZABLE first.")));
  if (identity_is_open())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("freshet.call cannot be called inside of a run")));
  if (PG_ARGISNULL(3) || PG_ARGISNULL(4) || (!PG_ARGISNULL(0) && PG_ARGISNULL(1)))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                    errmsg("path, args and the request id of a session must not be null")));

  Request request = {};
  request.recorded = !PG_ARGISNULL(0);
  if (request.recorded) request.session = PG_GETARG_DATUM(0);
  if (request.recorded) request.id = PG_GETARG_INT64(1);
  request.principal = PG_ARGISNULL(2) ? CStringGetTextDatum("") : PG_GETARG_DATUM(2);
  request.path = text_argument(fcinfo, 3);
  request.identity = text_argument(fcinfo, 5);
  request.arguments = text_argument(fcinfo, 4);
  if (!PG_ARGISNULL(6)) {
    request.deadline_ms = PG_GETARG_INT32(6);
    if (request.deadline_ms < 1)
      ereport(ERROR,
              (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("deadline_ms must be greater than zero")));
  }
  JsonValue json;
  JsonSyntaxError error;
  Answer given = {};
  // What is not JSON claims no record: the caller rolls back, and the id stays free.
  bool readable = json_parse(request.arguments, strlen(request.arguments), &json, &error);
  request.recorded = request.recorded && readable;
  if (request.recorded) request.hash = call_hash(request.path, &json);

  purge_functions();
  purge_json_types();
  int level = NewGUCNestLevel();
  pin_settings();
  given = answer_isolated(request);
  AtEOXact_GUC(true, level);
  return answer_row(fcinfo, given);
}
