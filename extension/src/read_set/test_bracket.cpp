// Opens and closes a capture around statements of a test session, without identity or exposed functions. The
// install script does not declare these; tests do (CREATE FUNCTION ... LANGUAGE c needs a superuser).
#include "read_set/capture.h"

#include "compat.h"

FRESHET_FUNCTION(freshet_test_capture_start) {
  freshet::CaptureOptions options{};
  if (!PG_ARGISNULL(0)) {
    const bytea* key = PG_GETARG_BYTEA_PP(0);
    if (VARSIZE_ANY_EXHDR(key) != sizeof options.image_key) {
      ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the image key has 16 bytes")));
    }
    memcpy(options.image_key, VARDATA_ANY(key), sizeof options.image_key);
    options.has_image_key = true;
  }
  freshet::capture_start(options);
  PG_RETURN_VOID();
}

FRESHET_FUNCTION(freshet_test_capture_finish) { PG_RETURN_BYTEA_P(freshet::capture_finish()); }
