#pragma once

// dlist_container and dlist_foreach do not compile as C++.

extern "C" {
#include "postgres.h"

#include "lib/ilist.h"
}

// The `type` whose `member` is the list node at `place`.
#define FRESHET_LIST_ELEMENT(type, member, place) \
  reinterpret_cast<const type*>(reinterpret_cast<const char*>(place) - offsetof(type, member))
