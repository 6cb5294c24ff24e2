#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "app/settings.h"

namespace CLI {
class App;
}

namespace freshet::tools {

// A command and what runs it, with the exit status: 0 done · 1 the command itself says no · 2 wrong
// arguments.
using Command = std::pair<CLI::App*, std::function<int()>>;

// Declares run, watch, why, top, check and init on the program. `settings` outlives the commands.
std::vector<Command> add_commands(CLI::App& program, app::Settings& settings);

}  // namespace freshet::tools
