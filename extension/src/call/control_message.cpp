// Small server facts that SQL cannot reach: control messages in the WAL, strong random bytes.
#include "compat.h"

extern "C" {
#include "access/xlog.h"
#include "replication/message.h"
#include "utils/pg_lsn.h"
}

FRESHET_FUNCTION(freshet_emit_control) {
  bytea* message = PG_GETARG_BYTEA_PP(0);
#if PG_VERSION_NUM >= 170000
  XLogRecPtr end =
      LogLogicalMessage("freshet", VARDATA_ANY(message), VARSIZE_ANY_EXHDR(message), false, false);
#else
  XLogRecPtr end = LogLogicalMessage("freshet", VARDATA_ANY(message), VARSIZE_ANY_EXHDR(message), false);
#endif
  // A reader must be able to wait for it on an idle server.
  XLogFlush(end);
  PG_RETURN_LSN(end);
}

FRESHET_FUNCTION(freshet_random_bytes) {
  int count = PG_GETARG_INT32(0);
  if (count < 1 || count > 1024)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("count must be between 1 and 1024")));
  bytea* result = static_cast<bytea*>(palloc(VARHDRSZ + count));
  SET_VARSIZE(result, VARHDRSZ + count);
  if (!pg_strong_random(VARDATA(result), count))
    ereport(ERROR,
            (errcode(ERRCODE_INTERNAL_ERROR), errmsg("the server has no source of strong random numbers")));
  PG_RETURN_BYTEA_P(result);
}
