#pragma once

#include <random>
#include <string>

namespace freshet::fuzz {

using Random = std::mt19937_64;

int pick(Random& random, int low, int high);  // inclusive

// One random statement that changes rows of schema fuzz: mostly one row, now and then several or none.
std::string random_change(Random& random);

// Fills the tables anew.
std::string initial_rows(Random& random);

}  // namespace freshet::fuzz
