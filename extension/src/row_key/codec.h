#pragma once

// What row_key knows of one (type, collation). Internal to row_key.

#include "row_key/row_key.h"

extern "C" {
#include "fmgr.h"
}

namespace freshet {

// Types whose keys compare with each other share a code; see order.cpp.
enum class OrderCode : uint8 {
  kNone,
  kInteger,   // int2, int4, int8
  kFloat,     // float4, float8
  kSigned,    // one 8, 4 or 2 byte signed integer of a type of its own
  kUnsigned,  // likewise unsigned
  kFixed,     // typlen bytes
  kBytea,
  kText,  // text, varchar, name under a collation that compares bytes
  kBpchar,
  kTimetz,
  kInterval,
  kNumeric,
  kEnum,
};

struct RowKeyCodec {
  struct Key {
    Oid type;  // never a domain
    Oid collation;
  } key;
  bool permanent;     // built-in all the way down: no DDL can change it
  uint64 generation;  // of the catalog when this was filled in
  int16 typlen;
  bool typbyval;
  bool deterministic;  // equal under the collation iff equal in bytes, or the type has none

  bool has_eq;
  Oid hash_family;
  Oid hash_input;
  FmgrInfo hash;

  OrderCode order;
  Oid btree_family;
  Oid btree_input;

  MemoryContext scratch;  // what the hash function keeps for itself
};

// The codec, brought up to date.
RowKeyCodec* fresh(RowKeyCodec* codec);

// Chosen by the type's default btree operator class; kNone: no exact key is known.
OrderCode order_code_of(Oid btree_family, Oid btree_input, Oid collation);

}  // namespace freshet
