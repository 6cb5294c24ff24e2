#pragma once

#include <string>
#include <vector>

#include "random.h"

namespace freshet::fuzz {

// A few values of one SQL type, written as expressions: what columns are filled with and queries ask for.
struct Domain {
  std::string name;
  std::string type;
  std::vector<std::string> values;
};

const Domain& domain(const std::string& name);

// The columns of table sample that have an order and an equality: their names are those of their domains.
const std::vector<std::string>& sample_columns();

// A value, NULL in so many cases of a hundred.
std::string value_of(Random& random, const Domain& domain, int null_percent);

}  // namespace freshet::fuzz
