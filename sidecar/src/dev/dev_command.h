#pragma once

#include "tools/commands.h"

namespace freshet::dev {

// Declares `dev` on the program.
tools::Command add_dev(CLI::App& program);

}  // namespace freshet::dev
