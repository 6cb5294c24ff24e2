#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"
#include "base/error.h"
#include "postgres/failure.h"

namespace freshet::tools {

// Wrong arguments: "freshet NAME: why (see freshet NAME --help)" on standard error. Returns 2.
int refuse(std::string_view command, std::string_view why);

// The command could not do it: "freshet NAME: what", with the remedy where one is known. Returns 1.
int fail(std::string_view command, const postgres::Failure& failure);
int fail(std::string_view command, const base::Error& error);

// Rows as columns under their titles, the widths as needed but for the last; cut to `width` when it is not 0.
std::string table(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows,
                  std::size_t width = 0);

// "12 ms", "1.2 s", "850 B", "3.1 MiB".
std::string duration_text(double milliseconds);
std::string bytes_text(double bytes);

// Columns of the terminal; 0: standard output is none.
std::size_t terminal_width();
std::size_t terminal_height();

}  // namespace freshet::tools
