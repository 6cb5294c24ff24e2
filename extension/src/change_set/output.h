#pragma once

// Puts records together to messages of the replication stream.

extern "C" {
#include "postgres.h"

#include "lib/stringinfo.h"
}

struct LogicalDecodingContext;

namespace freshet {

class Output {
 public:
  // `one_record_each`: every record is a message of its own (json).
  void start(MemoryContext context, bool one_record_each);

  // Where the next record is appended, whole, before end_record() is called.
  StringInfo record();

  // Sends what has gathered when it is enough. Only between end_record() calls is anything sent, so no record
  // is split.
  void end_record(LogicalDecodingContext* decoding);

  // Sends the rest; nothing more follows of what is being reported (a transaction, a message outside of one).
  void finish(LogicalDecodingContext* decoding);

 private:
  void send(LogicalDecodingContext* decoding, bool last);

  MemoryContext context_;
  StringInfoData gathered_;
  bool one_record_each_;
};

}  // namespace freshet
