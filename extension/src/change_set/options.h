#pragma once

// Options of START_REPLICATION and of the SQL functions that read a slot (wire/README.md).

#include "freshet_wire/siphash.hpp"

extern "C" {
#include "postgres.h"

#include "nodes/pg_list.h"
}

namespace freshet {

struct ChangeSetOptions {
  bool has_key;  // without one no control message is believed, so no table is ever announced
  wire::SipKey key;
  bool json;
  uint64 max_rows;
};

// From a list of DefElem. Raises an error on an unknown option, a malformed value or a version that is not
// ours.
ChangeSetOptions read_options(List* options);

}  // namespace freshet
