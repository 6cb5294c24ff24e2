#pragma once

// One record of a change set in some format, appended to `out`. Two formats: `binary` for the gateway
// (wire/README.md) and `json`, one object per record, for people and tests. Stateless.

#include "change_set/ddl_message.h"
#include "change_set/row.h"

extern "C" {
#include "access/xlogdefs.h"
#include "replication/origin.h"
}

namespace freshet {

struct CommitRecord {
  uint64 xid;
  XLogRecPtr lsn;
  int64 unix_microseconds;
  RepOriginId origin;
  uint64 flags;  // wire::CommitFlag
};

class Encoder {
 public:
  virtual void begin(uint64 xid, StringInfo out) const = 0;
  virtual void row(Relation relation, const RowChange& change, StringInfo out) const = 0;
  // `relation`: NULL when the table is only known by its oid.
  virtual void table(Oid table, Relation relation, wire::TableReason reason, StringInfo out) const = 0;
  virtual void ddl(const DdlMessage& message, StringInfo out) const = 0;
  virtual void subxids(const uint64* xids, uint64 count, StringInfo out) const = 0;
  virtual void commit(const CommitRecord& commit, StringInfo out) const = 0;
  virtual void fence(uint64 nonce, XLogRecPtr lsn, StringInfo out) const = 0;
  virtual void interest(uint64 version, StringInfo out) const = 0;
  virtual void ignored(uint64 count, StringInfo out) const = 0;
};

const Encoder& binary_encoder();
const Encoder& json_encoder();

}  // namespace freshet
