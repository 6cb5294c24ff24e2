// The door of the read-set capture: what runs between capture_start and capture_finish leaves a read set,
// whose format is in wire/README.md.
//
// One capture at a time in a backend. Its state lives in its own memory context under TopMemoryContext and is
// not transactional: entries survive a subtransaction abort on purpose, since what runs after an EXCEPTION
// block depends on what was read in it. Whoever starts a capture ends it, with capture_discard() on the error
// path; a capture that an error left open is thrown away by the next capture_start() or at the end of the
// transaction.
#pragma once

#include "freshet_wire/read_set.hpp"

extern "C" {
#include "postgres.h"
}

namespace freshet {

// Bits of the read set's `flags`.
enum CaptureFlag : uint32 {
  kCaptureEverything = wire::kReadEverything,      // capture failed: any change may matter
  kCaptureClock = wire::kReadClock,                // now(), CURRENT_DATE and their like
  kCaptureVolatile = wire::kReadVolatile,          // a volatile function outside the known harmless ones
  kCaptureCatalog = wire::kReadCatalog,            // system catalogs were read
  kCaptureForeign = wire::kReadForeign,            // foreign tables
  kCaptureUnlogged = wire::kReadUnlogged,          // unlogged tables: never decoded
  kCaptureTemporary = wire::kReadTemporary,        // temporary tables: never decoded
  kCaptureSystemColumn = wire::kReadSystemColumn,  // ctid, xmin and their like reach the result
  kCaptureSample = wire::kReadSample,              // TABLESAMPLE
  kCaptureRowMarks = wire::kReadRowMarks,          // FOR UPDATE/SHARE, or a statement that writes
  kCaptureUtility = wire::kReadUtility,            // a utility statement that may read beside the executor
  kCaptureParallel = wire::kReadParallel,          // part of a plan ran under Gather
  kCaptureCustomScan = wire::kReadCustomScan,      // a custom scan provider
  kCaptureSetting = wire::kReadSetting,            // current_setting, current_user and their like
  kCaptureTidScan = wire::kReadTidScan,            // ctid = ...
  kCaptureVoid = wire::kReadVoid,  // the storage of a scanned relation is newer than the snapshot: run again
};

struct CaptureOptions {
  // Key of the keyed hashes in fingerprints (the stream's key); without it a read set carries no
  // fingerprints.
  bool has_image_key;
  uint8 image_key[16];
};

// Installs the executor, planner and utility hooks at the first call in this backend and begins to collect.
void capture_start(const CaptureOptions& options);

// Adds CaptureFlag bits to the running capture; nothing happens without one.
void capture_flag(uint32 flags);

// Ends the capture and returns its read set, palloc'd in the current memory context.
bytea* capture_finish();

// Ends the capture, if one is open, and forgets it. Safe in an error path.
void capture_discard();

bool capture_active();

// How many planner invocations are on the stack: above 0 while a function is evaluated at planning time.
int planning_depth();

// Calls `visit` once for each relation (tables, parents of partitions, views) that a statement of the open
// capture names, so those whose policies were to be applied. Does nothing without a capture.
void capture_for_each_relation(void (*visit)(Oid relation, void* state), void* state);

}  // namespace freshet
