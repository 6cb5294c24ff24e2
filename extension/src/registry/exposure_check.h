// Everything that expose() asks of a function, and freshet.check() asks again of what is exposed.
#pragma once

#include "call/function.h"
#include "registry/findings.h"

namespace freshet {

// A part of the check. What it finds is added to the findings, or raised as an error.
struct ExposureCheck {
  const char* code;  // of what it raises
  void (*run)(Function* function, Findings* findings);
};

extern const ExposureCheck kExposureChecks[];
extern const int kExposureCheckCount;

}  // namespace freshet
