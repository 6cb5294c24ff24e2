// What a Postgres type is in JSON: the one closed table that arguments, results and the catalog share. A type
// that is not in it has no JsonType and cannot be exposed. Entries are cached per backend and live until
// purge_json_types(); they are dropped only between runs.
#pragma once

#include "compat.h"

extern "C" {
#include "access/tupdesc.h"
#include "lib/stringinfo.h"
}

namespace freshet {

enum class JsonShape : uint8 {
  kBool,
  kInteger,  // int2, int4
  kInt8,     // number up to ±(2^53-1)
  kFloat4,
  kFloat8,
  kText,    // varlena whose bytes are the text
  kOutput,  // string as the type's output function writes it
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kBytea,
  kJson,
  kJsonb,
  kEnum,
  kArray,
  kComposite,
  kRecord,  // composite known only at run time
  kHstore,
  kVoid,
};

struct JsonType {
  Oid oid;   // key of the cache
  Oid base;  // without domains; equal to oid when it is none
  bool is_domain;
  bool domain_not_null;  // some domain of the chain is NOT NULL
  JsonShape shape;
  int16 length;
  bool by_value;
  char alignment;
  int32 base_typmod;
  FmgrInfo input;  // of the base type
  Oid input_parameter;
  FmgrInfo output;
  void* domain_state;       // domain_check's cache
  Oid element;              // kArray
  Oid relation;             // kComposite: pg_class oid
  FmgrInfo hstore_to_json;  // kHstore
};

// nullptr when the type is not in the table.
JsonType* json_type(Oid oid);

// Row descriptor of a named composite type, valid until released by ReleaseTupleDesc.
TupleDesc composite_descriptor(const JsonType* type, int32 typmod);

// First type inside `oid` (itself, elements, columns) that is not in the table; InvalidOid when all are.
Oid first_unsupported_type(Oid oid);

// Forgets entries if the catalog changed since. Only between runs: nothing may hold an entry.
void purge_json_types();

}  // namespace freshet
