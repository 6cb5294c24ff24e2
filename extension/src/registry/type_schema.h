// The JSON Schema (2020-12, with x-pg-type) of a Postgres type, by the table of json_type.h.
#pragma once

#include "call/json_type.h"

namespace freshet {

// Opens and closes what makes a schema accept null as well; the schema itself is written in between.
void append_nullable_begin(StringInfo out, bool nullable);
void append_nullable_end(StringInfo out, bool nullable);

// The type's name, qualified unless it is built in: the same under every search_path.
const char* stable_type_name(Oid type);

// `id`: whose id the value is (key_id.h), of an array whose ids its elements are; nullptr: it is none.
void append_type_schema(StringInfo out, Oid type, bool nullable, const char* id = nullptr);

}  // namespace freshet
