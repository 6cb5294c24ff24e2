// One `*.test.sql`: its statements in a transaction that is rolled back.
#pragma once

#include <string>

#include "sqltest/tap.h"

namespace freshet::sqltest {

// Runs the file on a connection of its own to `url`; nothing that it does stays. Each statement is undone by
// itself when it fails.
//
// A SELECT of one boolean is a test: all its rows must be true, and there must be one. A statement below a
// comment line `-- raises CODE` is a test too: it must fail with that code (a client's code, an
// application's, a SQLSTATE, or the name of a constraint). Lines `ok …` and `not ok …` in a text column, as
// pgTAP writes them, are tests. Every other statement only has to succeed; the first that does not ends the
// file. A test's name is the comment directly above it, or else the beginning of its statement.
void run_test_file(const std::string& url, const std::string& path, Tap& tap);

}  // namespace freshet::sqltest
