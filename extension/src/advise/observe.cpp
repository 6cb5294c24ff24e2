// freshet.observe(): one query as its clients call it, with notes of how it was executed.
#include "advise/observer.h"
#include "call/json_type.h"
#include "call/rights.h"
#include "call/run.h"
#include "errors.h"
#include "identity/identity.h"
#include "read_set/capture.h"

extern "C" {
#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
}

using namespace freshet;

namespace {

struct Observed {
  RunOutcome outcome;
  bytea* read_set;
};

char* jsonb_text(Jsonb* document) { return JsonbToCString(nullptr, &document->root, VARSIZE(document)); }

// Identity and capture are open; what is raised (a cancel) leaves neither open, and nothing observed.
void run_observed(const char* path, const char* arguments, Observed* observed) {
  // Any key: the fingerprints only say that the server could give some.
  CaptureOptions options = {};
  options.has_image_key = true;
  PG_TRY();
  {
    capture_start(options);
    advise::observer_start();
    RunRequest request = {};
    request.path = path;
    request.arguments = arguments;
    request.kind = FunctionKind::kQuery;
    observed->outcome = run_isolated(request);
    advise::observer_stop();
    if (identity_clock_read()) capture_flag(kCaptureClock);
    observed->read_set = capture_finish();
  }
  PG_CATCH();
  {
    advise::observer_stop();
    capture_discard();
    identity_close();
    PG_RE_THROW();
  }
  PG_END_TRY();
  identity_close();
}

}  // namespace

FRESHET_FUNCTION(freshet_observe) {
  if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("path and args must not be null")));
  if (identity_is_open() || capture_active())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("freshet.observe cannot be called inside of a run")));
  const char* claims = PG_ARGISNULL(2) ? nullptr : jsonb_text(PG_GETARG_JSONB_P(2));
  AcceptInvalidationMessages();
  discard_suspect_plans();
  purge_functions();
  purge_json_types();
  if (!identity_open(claims, GetCurrentTransactionStartTimestamp()))
    ereport(ERROR, (errcode(kInvalidArguments), errmsg("claims must be a JSON object")));
  Observed observed = {};
  const int level = NewGUCNestLevel();
  pin_settings();
  run_observed(text_to_cstring(PG_GETARG_TEXT_PP(0)), jsonb_text(PG_GETARG_JSONB_P(1)), &observed);
  AtEOXact_GUC(true, level);

  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoString(&out, "{\"error\": ");
  appendStringInfoString(&out, observed.outcome.error != nullptr ? observed.outcome.error : "null");
  appendStringInfoString(&out, ", \"value\": ");
  appendStringInfoString(&out, observed.outcome.value != nullptr ? observed.outcome.value : "null");
  appendStringInfoString(&out, ", \"statements\": ");
  advise::put_observations(&out);
  appendStringInfoString(&out, ", \"read_set\": ");
  char* hex = DatumGetCString(DirectFunctionCall1(byteaout, PointerGetDatum(observed.read_set)));
  escape_json(&out, hex);
  appendStringInfoChar(&out, '}');
  PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data)));
}
