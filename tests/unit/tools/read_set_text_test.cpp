#include "tools/read_set_text.h"

#include <gtest/gtest.h>

namespace freshet::tools {
namespace {

using Lines = std::vector<std::string>;

TEST(ReadSetText, SaysWhatIsReadOfWhichRows) {
  const auto lines = read_set_lines(R"({"flags": ["clock"], "entries": [
    {"table": "app.a", "columns": ["x", "y"], "where": [{"column": "x", "eq": "00"}, {"column": "y", ">=": "01", "<": "02"}]},
    {"table": "app.b", "columns": "all", "where": [], "order_dependent": true},
    {"table": "app.c", "columns": [], "where": [{"column": "z", "null": false}],
     "any_of": [[{"column": "k", "in": ["1", "2"]}], [{"column": "k", ">": "3", "or_null": true}]]},
    {"table": "app.d", "columns": ["x"], "where": [{"test": ["x", "y"], "expression": "{OPEXPR}"}]}]})");
  EXPECT_EQ(
      lines,
      (Lines{"app.a (x, y) where x = one value and y in a range", "app.b (all columns), any row, in order",
             "app.c (no column) where z is not null and (k in 2 values or k from a bound or null)",
             "app.d (x) where a condition on x, y", "also: clock"}));
}

TEST(ReadSetText, SaysThatNothingIsRead) {
  EXPECT_EQ(read_set_lines(R"({"flags": [], "entries": []})"), Lines{"no table"});
}

}  // namespace
}  // namespace freshet::tools
