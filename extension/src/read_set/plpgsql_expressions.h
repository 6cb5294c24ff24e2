// Expressions of PL/pgSQL that its executor evaluates by itself, without a statement ("simple" ones): what
// they depend on apart from rows. The functions in them pass the object access hook when an expression is
// first prepared in a transaction, and what is written as CURRENT_DATE and the like never does; a later call,
// or the next capture of the same transaction, is told by statement instead.
#pragma once

extern "C" {
#include "postgres.h"
}

namespace freshet::read_set {

// Makes PL/pgSQL tell which statement it is about to execute. To be called when a capture starts: another
// user of PL/pgSQL's one plugin slot is called as before, and one that took the slot since is called by us.
void watch_plpgsql();

}  // namespace freshet::read_set
