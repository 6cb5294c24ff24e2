// The time a call may take. A timer of this backend cancels the running statement; whoever set it can tell
// its own cancel from others.
#pragma once

namespace freshet {

void deadline_start(int milliseconds);

// True when the time was up, whether or not the cancel was seen by then. Takes back a cancel that nobody has
// seen yet.
bool deadline_stop();

}  // namespace freshet
