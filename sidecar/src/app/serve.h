#pragma once

#include "app/settings.h"

namespace freshet::app {

// Runs a gateway until SIGTERM or SIGINT; the process's exit status.
int serve(const Settings& settings);

}  // namespace freshet::app
