// freshet.track_begin() and freshet.track_end(): the bracket for statements that are not calls of exposed
// functions.
#include "call/json_type.h"
#include "errors.h"
#include "identity/identity.h"
#include "read_set/capture.h"

extern "C" {
#include "access/htup_details.h"
#include "access/xact.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
}

using namespace freshet;

FRESHET_FUNCTION(freshet_track_begin) {
  if (PG_ARGISNULL(0))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("kind must not be null")));
  char* kind = text_to_cstring(PG_GETARG_TEXT_PP(0));
  bool query = strcmp(kind, "query") == 0;
  if (!query && strcmp(kind, "mutation") != 0)
    ereport(ERROR,
            (errcode(kInvalidArguments), errmsg("kind must be 'query' or 'mutation', not '%s'", kind)));
  if (query && (!IsolationUsesXactSnapshot() || !XactReadOnly))
    ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_STATE),
                    errmsg("a tracked query needs one snapshot and a transaction that only reads"),
                    errhint("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY first.")));
  if (!IsTransactionBlock())
    ereport(ERROR,
            (errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION), errmsg("the bracket needs a transaction block")));
  char* identity = nullptr;
  if (!PG_ARGISNULL(1)) {
    Jsonb* document = PG_GETARG_JSONB_P(1);
    identity = JsonbToCString(nullptr, &document->root, VARSIZE(document));
  }
  discard_suspect_plans();
  if (!identity_open(identity, GetCurrentTransactionStartTimestamp()))
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("the identity is not a JSON object")));
  CaptureOptions options = {};
  capture_start(options);
  PG_RETURN_VOID();
}

FRESHET_FUNCTION(freshet_track_end) {
  if (!identity_is_open() || !capture_active())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("freshet.track_begin was not called in this transaction")));
  TupleDesc descriptor;
  if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
    elog(ERROR, "freshet.track_end returns a row");
  if (identity_clock_read()) capture_flag(kCaptureClock);
  Datum values[5] = {};
  bool nulls[5] = {};
  values[0] = PointerGetDatum(capture_finish());
  values[1] = CStringGetTextDatum(identity_claims_read());
  int64 valid_for = 0;
  nulls[2] = !identity_valid_for(&valid_for);
  values[2] = Int64GetDatum(valid_for);
  values[3] =
      CStringGetTextDatum(OidOutputFunctionCall(F_PG_SNAPSHOT_OUT, OidFunctionCall0(F_PG_CURRENT_SNAPSHOT)));
  FullTransactionId xid = GetTopFullTransactionIdIfAny();
  nulls[4] = !FullTransactionIdIsValid(xid);
  if (!nulls[4]) values[4] = CStringGetTextDatum(psprintf(UINT64_FORMAT, U64FromFullTransactionId(xid)));
  identity_close();
  return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
}
