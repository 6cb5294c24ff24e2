#pragma once

// What the plugin remembers about each table that it meets: how rows of it are coded, and how far the
// transaction that is being reported has come with it.

#include "change_set/interest.h"
#include "row_key/expression_column.h"

extern "C" {
#include "postgres.h"

#include "nodes/execnodes.h"
#include "pg_config_manual.h"
#include "utils/relcache.h"
}

namespace freshet {

// How a change names its old row.
enum class Identity : uint8 {
  kNone,  // not at all: no identity, no key, or a key that is only checked at the end of the transaction
  kKey,   // by the columns of an index
  kFull,  // by all columns
};

struct CodedColumn {
  ColumnId column;
  uint8 parts;
  bool in_identity;
  bool varlena;  // may be stored out of line
  RowKeyCodec* codec;
  bool test;  // reported by whether it is TRUE; has no codec
  // Of a column that is computed, else NULL.
  ExprState* state;
  Bitmapset* inputs;
};

struct ChangedTable {
  Oid oid;  // key

  // Filled in by describe(), stale after DDL or another interest.
  bool valid;
  uint64 interest_generation;
  bool ours;       // belongs to this extension and is nobody's business: never reported
  bool announced;  // the following is filled in only then
  Identity identity;
  int identity_count;
  AttrNumber identity_columns[INDEX_MAX_KEYS];
  RowKeyCodec* identity_codecs[INDEX_MAX_KEYS];
  int column_count;
  CodedColumn* columns;  // announced, and stored or computed, ascending
  bool computes;         // some of them
  MemoryContext memory;  // of the columns

  // Of the transaction `serial`.
  uint64 serial;
  uint64 rows;
  bool whole;  // reported as changed anywhere: nothing more is said about it
  bool truncated;
};

// Every table met by the decoding context of this backend; there is one at a time.
class ChangedTables {
 public:
  void start(MemoryContext parent);

  void begin_transaction() { ++serial_; }

  // The entry of a table in the current transaction; describes nothing yet.
  ChangedTable* find(Oid table);

  // Whether the current transaction has truncated it.
  bool truncated(Oid table) const;

  // Brings the description up to date. Looks into the catalog.
  void describe(ChangedTable* table, Relation relation, const Interest& interest);

 private:
  MemoryContext context_;
  HTAB* tables_;
  uint64 serial_;
  ChangedTable* last_;
};

}  // namespace freshet
