// How many rows a query gives.
#pragma once

#include "compat.h"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace freshet {

// At least one, whatever the tables hold.
bool gives_a_row(const Query* query);

}  // namespace freshet
