#pragma once

// Which columns of which tables the gateway wants to know about, and in which parts. Only an optimisation: a
// table that is not announced is reported as changed somewhere. Empty when a stream begins.

#include "freshet_wire/bytes.hpp"

#include "row_key/expression_column.h"

extern "C" {
#include "postgres.h"

#include "access/attnum.h"
#include "utils/hsearch.h"
}

namespace freshet {

struct AnnouncedColumn {
  ColumnId column;
  uint8 parts;  // wire::ValuePart
  // Of a test.
  uint32 expression_size;
  const uint8* expression;
};

struct AnnouncedTable {
  Oid table;  // key
  int count;
  AnnouncedColumn* columns;  // ascending, no column twice
};

// Owned by one decoding context; all memory in a context below the one it was made in.
class Interest {
 public:
  // Trivially constructible, so that it can live in palloc'ed memory.
  void start(MemoryContext parent);

  // What the body of an authenticated message asks for. False: the body is malformed; then nothing is
  // announced any more, since what the sender believes is no longer known.
  bool announce(wire::Bytes body);
  bool unwatch(wire::Bytes body);

  // NULL: not announced. Valid until the generation changes.
  const AnnouncedTable* find(Oid table) const;

  uint64 version() const { return version_; }        // the sender's number
  uint64 generation() const { return generation_; }  // changes whenever the content may have

 private:
  void clear();

  MemoryContext parent_;
  MemoryContext context_;
  HTAB* tables_;
  uint64 version_;
  uint64 generation_;
};

}  // namespace freshet
