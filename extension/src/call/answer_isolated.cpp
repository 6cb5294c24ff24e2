#include "call/answer_isolated.h"

#include "errors.h"

extern "C" {
#include "access/xact.h"
#include "executor/spi.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
}

namespace freshet {

RunOutcome answer_isolated(AnswerBody body, const void* request) {
  MemoryContext results = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  RunOutcome given = {};
  BeginInternalSubTransaction(nullptr);
  PG_TRY();
  {
    SPI_connect();
    given = body(request, results);
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
    given.error = error_json(error, nullptr);
    given.sqlstate = error->sqlerrcode;
  }
  PG_END_TRY();
  return given;
}

}  // namespace freshet
