// What a SQL body says that is likely not meant, or not kept.
#pragma once

#include "call/function.h"
#include "registry/body_part.h"
#include "registry/findings.h"

namespace freshet {

// Under the owner's rights.
void lint_body(const Function* function, const BodyParts& parts, Findings* findings);

}  // namespace freshet
