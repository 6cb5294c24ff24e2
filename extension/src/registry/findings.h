// What is wrong with a function that is exposed or to be exposed.
#pragma once

#include "call/palloc_vector.h"
#include "compat.h"

namespace freshet {

enum class Severity : uint8 {
  kError,  // expose() refuses it
  kLint,   // it works, and is likely not what was meant
};

struct Finding {
  Severity severity;
  const char* code;  // a stable word
  const char* message;
  const char* detail;  // or nullptr
  const char* remedy;  // or nullptr
  int line;            // of the body, from 1; 0: not known
};

using Findings = PallocVector<Finding>;

}  // namespace freshet
