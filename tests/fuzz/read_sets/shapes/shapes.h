#pragma once

#include <string>
#include <vector>

#include "random.h"
#include "tables.h"

namespace freshet::fuzz {

// The groups by which precision is counted.
enum class Group {
  kKeyEqRange,
  kOrNot,
  kSecured,
  kCorrelated,
  kAggregates,
  kLimit,
  kJoins,
  kSemiAnti,
  kFunctions,
  kJoinLimit,
  kIndexedExpressions,
  kTextSearch,
  kOther
};
inline constexpr int kGroups = 13;
const char* name_of(Group group);

enum class Order {
  kAny,
  kDefined
};  // defined: sorted by something unique, so that the order of the rows counts too

// A query with {domain} for a value, COL for a column of sample, and {COL} for a value of that column.
struct Shape {
  Group group;
  const char* text;
  Order order = Order::kAny;
  bool reader = false;  // run by a role to which row policies apply
};
using Shapes = std::vector<Shape>;

Shapes chat_shapes();
Shapes chat_join_shapes();
Shapes chat_limit_shapes();
Shapes parts_shapes();
Shapes secure_shapes();
Shapes types_shapes();
Shapes tree_shapes();
Shapes docs_shapes();
Shapes function_shapes();

struct ThemedShape {
  Theme theme;
  Shape shape;
};
const std::vector<ThemedShape>& all_shapes();

// Planner settings, as SET LOCAL statements; the first is the default.
const std::vector<std::string>& planner_settings();

}  // namespace freshet::fuzz
