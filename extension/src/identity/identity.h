// Who a run is for, and what it asked about that. The identity lives in the backend's memory, never in a
// setting: SQL can read it through the functions of this folder and cannot forge it.
//
// One run is open at a time (between identity_open and identity_close). What it read survives errors and
// subtransaction aborts on purpose: what runs after an EXCEPTION block depends on what was read in it. The
// end of the transaction closes a run left open.
#pragma once

#include "call/palloc_vector.h"
#include "compat.h"

extern "C" {
#include "datatype/timestamp.h"
}

namespace freshet {

// `identity` is JSON text of an object, or nullptr for anonymous. False, and nothing is open, when it is
// anything else. `now` is what freshet.now() answers.
bool identity_open(const char* identity, TimestampTz now);
// Also discards plans in which this identity may have been folded.
void identity_close();
bool identity_is_open();

// The same until the end of the transaction or the next one assumed, for freshet.as_user(). Replaces an
// assumed one; an error while a run is open.
bool identity_assume(const char* identity, TimestampTz now);
bool identity_is_assumed();

// The whole identity as JSON, read for the run; nullptr for nobody.
char* identity_text();

// Claims read since identity_open as a JSON object: name -> value, null when absent; "*" -> the whole
// identity, when identity() was read.
char* identity_claims_read();

// Reads these claims for the run, and gives them alone, written as identity_claims_read() does.
char* identity_read_claims(const PallocVector<char*>& names);

// True when a claim was read while a plan was being made, by code that the planner may have folded into the
// plan. Such a plan answers for one identity only: discard_suspect_plans() must be called before another run.
bool identity_in_plan();

// Forgets every cached plan of the backend if one of them may hold a folded identity, or rows that an
// IMMUTABLE function read.
void discard_suspect_plans();

// Microseconds from now until the run's result expires by freshet.valid_until(); false when nothing was said.
bool identity_valid_for(int64* microseconds);

// freshet.now() was asked, and nothing said when the answer expires.
bool identity_clock_read();

}  // namespace freshet
