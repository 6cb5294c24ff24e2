// Datum -> JSON text, by the closed table of json_type.h.
#pragma once

#include "call/json_type.h"

namespace freshet {

// Appends one value. `column` names the place in an error: a bigint that JSON numbers cannot carry is
// out_of_range. User code may have changed settings that decide how values are written; the caller has pinned
// them (see pin_output_settings).
void append_json_value(StringInfo out, Oid type, int32 typmod, Datum value, bool is_null, const char* column);

// Appends one row of a descriptor as an object.
void append_json_row(StringInfo out, TupleDesc row, const Datum* values, const bool* nulls);

}  // namespace freshet
