// Entry point of the shared library. Also loaded by the walsender as output plugin, so nothing here may
// assume a database session.
#include "compat.h"
#include "settings.h"

extern "C" {
#pragma GCC visibility push(default)
PG_MODULE_MAGIC;
void _PG_init(void);
#pragma GCC visibility pop
}

void _PG_init(void) { freshet::define_settings(); }
