#pragma once

#include <string>
#include <vector>

#include "changes.h"

namespace freshet::fuzz {

struct Shape {
  const char* kind;  // precision is counted per kind
  const char* text;  // {c} channel, {u} user, {n} small number, {s} text, {i} message id, {r} region, {t}
                     // instant, {d} score
};

const std::vector<Shape>& shapes();

// The shape's text with random constants.
std::string instance(const Shape& shape, Random& random);

// Planner settings, as SET LOCAL statements; the first is the default.
const std::vector<const char*>& planner_settings();

}  // namespace freshet::fuzz
