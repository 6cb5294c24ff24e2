// Which tables a function reads across tenants.
#pragma once

#include "call/function.h"
#include "registry/findings.h"

namespace freshet {

// Adds a lint `no_tenant` for each table with the column `tenant` that the body reads without comparing the
// column with anything but columns, and `tenant_unknown` where the body cannot be seen. Under the owner's
// rights.
void check_tenant(const Function* function, const char* tenant, Findings* findings);

}  // namespace freshet
