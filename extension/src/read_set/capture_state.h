// The open capture, as the hooks see it. Not for other folders: their door is capture.h.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "read_set/capture.h"
#include "read_set/probes.h"

namespace freshet::read_set {

struct Capture {
  CaptureOptions options;
  ReadSet* set;
  int relation_count;
  int relation_capacity;
  Oid* relations;  // named by a statement, in set->context
};

// The open capture, or NULL.
Capture* open_capture();

// Remembers the relations that the statement names.
void note_relations(Capture* capture, List* range_table);

// Hooks of executor, planner, utility statements and function calls; installed once in a backend. Each calls
// the one that was there before, on every path, and is one branch while no capture is open.
void install_hooks();

// Ends what the hooks keep for a capture that is about to go: open runs are settled, and statements that are
// still open report to nobody from then on.
void detach_executions(ReadSet* set);

}  // namespace freshet::read_set
