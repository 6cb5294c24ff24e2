#pragma once

#include "app/settings.h"

namespace freshet::app {

// Checks everything that a gateway needs of its database, as both roles, and prints one line for each: what
// is there, and for what is missing what to type or to send to a DBA. Exit status 1 when something is
// missing.
int doctor(const Settings& settings);

}  // namespace freshet::app
