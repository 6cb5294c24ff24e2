// What goes wrong in a mutation's own statements, around its function, as an answer.
#pragma once

#include "call/run.h"

namespace freshet {

using AnswerBody = RunOutcome (*)(const void* request, MemoryContext results);

// Runs `body` in a subtransaction with an SPI connection; `results` is the current memory context. What it
// raises, a serialization failure of its own statements too, is the answer; only a cancel that is nobody's
// deadline is raised.
RunOutcome answer_isolated(AnswerBody body, const void* request);

}  // namespace freshet
