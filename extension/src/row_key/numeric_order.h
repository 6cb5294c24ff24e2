#pragma once

// The order key of a numeric. Internal to row_key.

extern "C" {
#include "postgres.h"

#include "lib/stringinfo.h"
}

namespace freshet {

// Appends the key, or nothing when it would be longer than `limit` bytes. NaN sorts above infinity, as in
// btree.
bool append_numeric(StringInfo key, Datum value, int limit);

}  // namespace freshet
