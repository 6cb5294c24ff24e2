// Row 0 of run_queries: at which snapshot the batch ran, and what became of the transactions that completed
// since another one.
#pragma once

#include "compat.h"

extern "C" {
#include "datatype/timestamp.h"
}

namespace freshet {

// The JSON of row 0. `since` is a pg_snapshot as text, or nullptr. Must not be called inside a subtransaction
// when `exporting`.
char* snapshot_row(const char* since, bool exporting, TimestampTz now);

}  // namespace freshet
