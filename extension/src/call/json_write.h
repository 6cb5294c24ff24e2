// JSON text is written straight into a StringInfo.
#pragma once

#include "compat.h"

extern "C" {
#include "lib/stringinfo.h"
}

namespace freshet {

struct JsonValue;

void append_json_string(StringInfo out, const char* text, size_t length);

// The value with members sorted by name and no white space, strings re-encoded, numbers as written: equal for
// every spelling of one value.
void append_json_canonical(StringInfo out, const JsonValue* value);

}  // namespace freshet
