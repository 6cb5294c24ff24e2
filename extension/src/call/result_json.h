// Datum -> JSON text, by the closed table of json_type.h.
#pragma once

#include "call/json_type.h"

namespace freshet {

struct EncodePlace {
  const char* column;  // names the place in an error
  bool any_int8;  // every bigint is written with its digits, and its form is seen to by the caller; else one
                  // that JSON numbers cannot carry is out_of_range
};

// Appends one value. User code may have changed settings that decide how values are written; the caller has
// pinned them (see pin_output_settings).
void append_json_value(StringInfo out, Oid type, int32 typmod, Datum value, bool is_null,
                       const EncodePlace& place);

}  // namespace freshet
