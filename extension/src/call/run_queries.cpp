// freshet.run_queries(): a batch of queries and guards at one snapshot.
#include "call/json_read.h"
#include "call/json_type.h"
#include "call/rights.h"
#include "call/run.h"
#include "call/snapshot_row.h"
#include "errors.h"
#include "identity/identity.h"
#include "read_set/capture.h"

extern "C" {
#include "access/xact.h"
#include "portability/instr_time.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
}

using namespace freshet;

namespace {

enum Column { kOrdinal, kValue, kError, kReadSet, kClaims, kValidUntil, kElapsed, kColumns };

struct Options {
  CaptureOptions capture;
  bool exporting;
  TimestampTz now;
  int deadline_ms;  // of each request; 0: none but the functions' own
};

struct Batch {
  Tuplestorestate* rows;
  TupleDesc descriptor;
  Options options;
  MemoryContext request_context;  // reset after each request
};

[[noreturn]] void refuse(const char* message) {
  ereport(ERROR, (errcode(kInvalidArguments), errmsg("freshet.run_queries: %s", message)));
  pg_unreachable();
}

bool read_hex(const JsonValue* value, uint8* bytes, int count) {
  if (value->kind != JsonKind::kString || value->text_length != 2 * count) return false;
  for (int i = 0; i < 2 * count; i++) {
    char c = value->text[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) return false;
    bytes[i / 2] = static_cast<uint8>(i % 2 == 0 ? digit << 4 : bytes[i / 2] | digit);
  }
  return true;
}

Options read_options(const char* text) {
  Options options = {};
  options.now = GetCurrentTransactionStartTimestamp();
  JsonValue json;
  JsonSyntaxError error;
  if (!json_parse(text, strlen(text), &json, &error) || json.kind != JsonKind::kObject)
    refuse("options are not a JSON object");
  for (int i = 0; i < json.count; i++) {
    const char* name = json.members[i].name;
    const JsonValue* value = &json.members[i].value;
    if (strcmp(name, "image_key") == 0) {
      if (!read_hex(value, options.capture.image_key, sizeof options.capture.image_key))
        refuse("image_key is not 32 hex digits");
      options.capture.has_image_key = true;
    } else if (strcmp(name, "export") == 0) {
      options.exporting = value->kind == JsonKind::kTrue;
    } else if (strcmp(name, "now") == 0) {
      if (value->kind != JsonKind::kNumber) refuse("now is not a number");
      options.now = strtoi64(pnstrdup(value->raw, value->raw_length), nullptr, 10) -
                    (int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY);
    } else if (strcmp(name, "deadline_ms") == 0) {
      char* end;
      int64 milliseconds =
          value->kind == JsonKind::kNumber ? strtoi64(pnstrdup(value->raw, value->raw_length), &end, 10) : 0;
      if (milliseconds < 1 || *end != '\0') refuse("deadline_ms is not a positive integer");
      options.deadline_ms = static_cast<int>(Min(milliseconds, int64{PG_INT32_MAX}));
    } else {
      refuse(psprintf("unknown option \"%s\"", name));
    }
  }
  return options;
}

char* jsonb_text(Jsonb* document) { return JsonbToCString(nullptr, &document->root, VARSIZE(document)); }

void put_text(Datum* values, bool* nulls, Column column, const char* text) {
  if (text == nullptr) return;
  values[column] = CStringGetTextDatum(text);
  nulls[column] = false;
}

void put_snapshot_row(const Batch& batch, const char* since) {
  Datum values[kColumns] = {};
  bool nulls[kColumns];
  memset(nulls, true, sizeof nulls);
  values[kOrdinal] = Int32GetDatum(0);
  nulls[kOrdinal] = false;
  put_text(values, nulls, kValue, snapshot_row(since, batch.options.exporting, batch.options.now));
  tuplestore_putvalues(batch.rows, batch.descriptor, values, nulls);
}

// The identity of a request as text for identity_open(); nullptr when it has none.
const char* identity_text(const JsonValue* request) {
  const JsonValue* identity = json_member(request, "identity");
  if (identity == nullptr || identity->kind == JsonKind::kNull) return nullptr;
  return pnstrdup(identity->raw, identity->raw_length);
}

RunOutcome run(const Batch& batch, const JsonValue* request) {
  const JsonValue* path = json_member(request, "path");
  const JsonValue* arguments = json_member(request, "args");
  const JsonValue* guard = json_member(request, "guard");
  const JsonValue* guarded = json_member(request, "guarded");
  const JsonValue* page = json_member(request, "page");
  if (path == nullptr || path->kind != JsonKind::kString) refuse("a request has no path");
  discard_suspect_plans();
  RunRequest run = {};
  run.path = path->text;
  run.arguments = arguments != nullptr ? pnstrdup(arguments->raw, arguments->raw_length) : "{}";
  run.kind = FunctionKind::kQuery;
  if (page != nullptr && page->kind != JsonKind::kNull) run.page = pnstrdup(page->raw, page->raw_length);
  run.deadline_ms = batch.options.deadline_ms;
  run.guard_only = guard != nullptr && guard->kind == JsonKind::kTrue;
  run.unguarded = !run.guard_only && guarded != nullptr && guarded->kind == JsonKind::kFalse;
  return run_isolated(run);
}

struct Tracked {
  RunOutcome outcome;
  bytea* read_set;
  const char* claims;
  bool expires;
  int64 valid_for;
};

// Between open and close of identity and capture; what is raised (a cancel, a malformed batch) leaves neither
// open.
void run_tracked(const Batch& batch, const JsonValue* request, Tracked* tracked) {
  if (!identity_open(identity_text(request), batch.options.now)) {
    tracked->outcome = run_refused_identity();
    capture_start(batch.options.capture);
    tracked->read_set = capture_finish();
    tracked->claims = "{}";
    return;
  }
  PG_TRY();
  {
    capture_start(batch.options.capture);
    tracked->outcome = run(batch, request);
    if (identity_clock_read()) capture_flag(kCaptureClock);
    tracked->read_set = capture_finish();
    tracked->claims = identity_claims_read();
    tracked->expires = identity_valid_for(&tracked->valid_for);
  }
  PG_CATCH();
  {
    capture_discard();
    identity_close();
    PG_RE_THROW();
  }
  PG_END_TRY();
  identity_close();
}

void put_request_row(const Batch& batch, int ordinal, const JsonValue* request) {
  MemoryContext outer = MemoryContextSwitchTo(batch.request_context);
  Datum values[kColumns] = {};
  bool nulls[kColumns];
  memset(nulls, true, sizeof nulls);
  instr_time start, elapsed;
  INSTR_TIME_SET_CURRENT(start);

  Tracked tracked = {};
  run_tracked(batch, request, &tracked);

  INSTR_TIME_SET_CURRENT(elapsed);
  INSTR_TIME_SUBTRACT(elapsed, start);
  values[kOrdinal] = Int32GetDatum(ordinal);
  values[kReadSet] = PointerGetDatum(tracked.read_set);
  values[kElapsed] =
      Int32GetDatum(static_cast<int32>(Min(INSTR_TIME_GET_MICROSEC(elapsed), (uint64)PG_INT32_MAX)));
  nulls[kOrdinal] = nulls[kReadSet] = nulls[kElapsed] = false;
  put_text(values, nulls, kValue, tracked.outcome.value);
  put_text(values, nulls, kError, tracked.outcome.error);
  put_text(values, nulls, kClaims, tracked.claims);
  if (tracked.expires) {
    values[kValidUntil] = Int64GetDatum(tracked.valid_for);
    nulls[kValidUntil] = false;
  }
  tuplestore_putvalues(batch.rows, batch.descriptor, values, nulls);
  MemoryContextSwitchTo(outer);
  MemoryContextReset(batch.request_context);
}

}  // namespace

FRESHET_FUNCTION(freshet_run_queries) {
  if (!IsolationUsesXactSnapshot())
    ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_STATE),
                    errmsg("freshet.run_queries needs one snapshot for all its queries"),
                    errhint("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY first.")));
  if (identity_is_open())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("freshet.run_queries cannot be called inside of a run")));
  if (PG_ARGISNULL(0) || PG_ARGISNULL(2)) refuse("requests and options must not be null");
  char* input = text_to_cstring(PG_GETARG_TEXT_PP(0));
  JsonValue requests;
  JsonSyntaxError error;
  if (!json_parse(input, strlen(input), &requests, &error, JsonStrictness::kEnvelope))
    refuse(psprintf("%s at offset %d of requests", error.message, error.offset));
  if (requests.kind != JsonKind::kArray) refuse("requests are not a JSON array");

  InitMaterializedSRF(fcinfo, 0);
  ReturnSetInfo* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  Batch batch = {};
  batch.rows = result->setResult;
  batch.descriptor = result->setDesc;
  batch.options = read_options(jsonb_text(PG_GETARG_JSONB_P(2)));
  batch.request_context =
      AllocSetContextCreate(CurrentMemoryContext, "freshet request", ALLOCSET_DEFAULT_SIZES);

  // The snapshot was taken after the transaction's begin: what was told since then of functions and registry
  // is heard before they are looked up, so that no row is shown under a guard older than itself.
  AcceptInvalidationMessages();
  purge_functions();
  purge_json_types();
  int level = NewGUCNestLevel();
  pin_settings();
  put_snapshot_row(batch,
                   PG_ARGISNULL(1) ? nullptr : OidOutputFunctionCall(F_PG_SNAPSHOT_OUT, PG_GETARG_DATUM(1)));
  for (int i = 0; i < requests.count; i++) {
    CHECK_FOR_INTERRUPTS();
    if (requests.items[i].kind != JsonKind::kObject) refuse(psprintf("request %d is not an object", i + 1));
    put_request_row(batch, i + 1, &requests.items[i]);
  }
  AtEOXact_GUC(true, level);
  MemoryContextDelete(batch.request_context);
  return static_cast<Datum>(0);
}
