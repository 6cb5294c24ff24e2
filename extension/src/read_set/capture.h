// The door of the read-set capture: what runs between capture_start and capture_finish leaves a read set, whose
// format is in wire/README.md.
//
// One capture at a time in a backend. Its state lives in its own memory context under TopMemoryContext and is not
// transactional: entries survive a subtransaction abort on purpose, since what runs after an EXCEPTION block depends
// on what was read in it. Whoever starts a capture ends it, with capture_discard() on the error path; a capture
// that an error left open is thrown away by the next capture_start() or at the end of the transaction.
#pragma once

extern "C" {
#include "postgres.h"
}

namespace freshet {

// Bits of the read set's `flags`; equal to the wire format's.
enum CaptureFlag : uint32 {
  kCaptureEverything = 1u << 0,    // capture failed: any change may matter
  kCaptureClock = 1u << 1,         // now(), CURRENT_DATE and their like
  kCaptureVolatile = 1u << 2,      // a volatile function outside the known harmless ones
  kCaptureCatalog = 1u << 3,       // system catalogs were read
  kCaptureForeign = 1u << 4,       // foreign tables
  kCaptureUnlogged = 1u << 5,      // unlogged tables: never decoded
  kCaptureTemporary = 1u << 6,     // temporary tables: never decoded
  kCaptureSystemColumn = 1u << 7,  // ctid, xmin and their like reach the result
  kCaptureSample = 1u << 8,        // TABLESAMPLE
  kCaptureRowMarks = 1u << 9,      // FOR UPDATE/SHARE, or a statement that writes
  kCaptureUtility = 1u << 10,      // a utility statement that may read beside the executor
  kCaptureParallel = 1u << 11,     // part of a plan ran under Gather
  kCaptureCustomScan = 1u << 12,   // a custom scan provider
  kCaptureSetting = 1u << 13,      // current_setting, current_user and their like
  kCaptureTidScan = 1u << 14,      // ctid = ...
  kCaptureVoid = 1u << 15,         // the storage of a scanned relation is newer than the snapshot: run again
};

struct CaptureOptions {
  // Key of the keyed hashes in fingerprints (the stream's key); without it a read set carries no fingerprints.
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

// Calls `visit` once for each relation that the open capture has seen scanned. Needs an open capture.
void capture_for_each_relation(void (*visit)(Oid relation, void* state), void* state);

}  // namespace freshet
