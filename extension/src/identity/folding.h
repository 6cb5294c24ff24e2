// Whether code that runs now may leave its answer in a plan. The planner calls functions for two reasons:
// IMMUTABLE ones, whose result becomes a constant of the plan, and STABLE ones, whose result only estimates
// how many rows there will be and is thrown away.
#pragma once

namespace freshet {

// Begins to watch the planner of this backend; later calls do nothing. True: it was not watched before, so
// older plans may hold anything.
bool watch_folding();

// True while an IMMUTABLE function that is not PostgreSQL's own is prepared to be called below some planner
// on the stack: what it, or anything that it calls, answers may be folded.
bool may_be_folded();

// Whether rows of a table were read while they may have been folded, since the last question. Plans made
// since then may hold them.
bool take_folded_rows();

}  // namespace freshet
