// Runs something in a subtransaction, so that what it raises is an answer and not the end of the statement.
#pragma once

#include "compat.h"

extern "C" {
#include "access/xact.h"
#include "utils/resowner.h"
}

namespace freshet {

// Calls `body()`, which must leave nothing of its own behind but memory of the current context. nullptr when
// it returned; else what it raised, in the current memory context. A cancelled query is raised on. The locks
// of what succeeded are kept.
template <typename Body>
ErrorData* raised_by(const Body& body) {
  MemoryContext outer = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  ErrorData* volatile raised = nullptr;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(outer);
  PG_TRY();
  {
    body();
    ReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outer);
    CurrentResourceOwner = owner;
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(outer);
    ErrorData* error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outer);
    CurrentResourceOwner = owner;
    if (error->sqlerrcode == ERRCODE_QUERY_CANCELED) ReThrowError(error);
    raised = error;
  }
  PG_END_TRY();
  return raised;
}

}  // namespace freshet
