// Conditions that atoms cannot say, as tests (row_key/test_column.h): the whole condition with the values
// that it has in this run, to be evaluated of each changed row while decoding. Exact where it can be had.
#pragma once

#include "read_set/atoms.h"

namespace freshet::read_set {

// The rows for which `qual`, whose value no run of the scan changes, is TRUE; any row if it can be no test.
Condition tested(const Terms& terms, Node* qual);

// Expressions of one scan that become tests at most; each is evaluated of every changed row of the table.
inline constexpr int kMaxTests = 8;

}  // namespace freshet::read_set
