#pragma once

// The transactional message by which the event triggers tell the plugin what a DDL command touched. It is not
// authenticated and need not be: a forged one only makes the gateway look again. (A forged claim that only
// temporary objects changed hides nothing: the real command writes its own message.)

#include "freshet_wire/bytes.hpp"

extern "C" {
#include "postgres.h"

#include "lib/stringinfo.h"
}

namespace freshet {

inline constexpr char kDdlPrefix[] = "freshet.ddl";

struct DdlObject {
  Oid class_id;
  Oid object_id;
};

struct DdlMessage {
  bool temporary;   // everything it touched is temporary: seen by one session, never decoded
  bool rewritten;   // the objects are tables whose rows were written anew
  const char* tag;  // command tag, not terminated
  int tag_size;
  uint32 object_count;  // 0: unknown which
  DdlObject* objects;
};

// Lists longer than this are sent as "unknown which".
inline constexpr uint32 kMaxDdlObjects = 4096;

void write_ddl_message(const DdlMessage& message, StringInfo out);

// The tag points into `bytes`, the objects are palloc'ed. False: malformed; something changed, unknown what.
bool read_ddl_message(wire::Bytes bytes, DdlMessage* message);

}  // namespace freshet
