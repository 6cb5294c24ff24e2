// freshet.fail() and freshet.require(): errors of the application's own, carried to the client typed.
#include "compat.h"
#include "errors.h"

extern "C" {
#include "utils/jsonb.h"
}

using namespace freshet;

namespace {

// The code travels as constraint name and the data as detail, so that PL/pgSQL can read both (GET STACKED
// DIAGNOSTICS) and re-raise them.
[[noreturn]] void raise_application(const char* code, const char* message, const char* data) {
  if (data != nullptr)
    ereport(ERROR, (errcode(kApplication), errmsg("%s", message), errdetail("%s", data),
                    err_generic_string(PG_DIAG_CONSTRAINT_NAME, code)));
  ereport(ERROR,
          (errcode(kApplication), errmsg("%s", message), err_generic_string(PG_DIAG_CONSTRAINT_NAME, code)));
  pg_unreachable();
}

const char* required_text(FunctionCallInfo fcinfo, int argument, const char* name) {
  if (PG_ARGISNULL(argument))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", name)));
  return text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

}  // namespace

FRESHET_FUNCTION(freshet_fail) {
  const char* code = required_text(fcinfo, 0, "code");
  const char* message = PG_ARGISNULL(1) ? code : text_to_cstring(PG_GETARG_TEXT_PP(1));
  const char* data = nullptr;
  if (!PG_ARGISNULL(2)) {
    Jsonb* document = PG_GETARG_JSONB_P(2);
    data = JsonbToCString(nullptr, &document->root, VARSIZE(document));
  }
  raise_application(code, message, data);
}

// NULL is not true: a comparison with an absent value must not let anybody pass.
FRESHET_FUNCTION(freshet_require) {
  if (!PG_ARGISNULL(0) && PG_GETARG_BOOL(0)) PG_RETURN_BOOL(true);
  const char* code = required_text(fcinfo, 1, "code");
  raise_application(code, PG_ARGISNULL(2) ? code : text_to_cstring(PG_GETARG_TEXT_PP(2)), nullptr);
}
