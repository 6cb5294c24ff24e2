// Whose rights and which settings a call runs with.
#pragma once

#include "call/function.h"

namespace freshet {

// Pins the settings that decide how values are read and written. They end with the surrounding GUC nest
// level.
void pin_settings();

// Pins those again that change how output functions write, when code of the application has changed them.
void pin_output_settings();

struct SavedRights {
  Oid user;
  int security_context;
  int guc_level;
};

// From here on the function's owner (or the role that it was exposed to run as), with the search_path
// recorded when it was exposed. SET ROLE, RESET ROLE and SET SESSION AUTHORIZATION are refused until
// leave_rights(); an aborted subtransaction around both restores everything too.
SavedRights enter_rights(const Function* function);

// Takes back user, settings and every setting that the function changed, also by a plain SET.
void leave_rights(const SavedRights& saved);

}  // namespace freshet
