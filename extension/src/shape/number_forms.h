// Which form each number of a result has: decided once, for description and encoder alike.
#pragma once

#include "shape/shape.h"

namespace freshet {

// What is declared of one function, beside what is declared of columns and of the database.
struct FunctionNumbers {
  NumberForm int8;
  NumberForm numeric;
};

// The same shape, in which the form of every bigint and numeric is decided: that of its column, else the
// function's, else the database's, else number for bigint; a numeric of which nothing is declared stays so, a
// string outside of json and a number inside. `forced`: of a column of the result, stronger than all.
// `deviates` becomes true where the encoder, left to itself, would write another form.
const Shape* with_number_forms(const Shape* shape, const FunctionNumbers& numbers, NumberForm forced,
                               bool* deviates);

// The forms of `decided` in a shape of the same value that was found in another way.
const Shape* with_forms_of(const Shape* shape, const Shape* decided);

}  // namespace freshet
