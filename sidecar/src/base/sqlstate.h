#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace freshet::base {

// What the failure of a statement in a transaction allows one to do next.
enum class AfterFailure : std::uint8_t {
  kAnswer,          // the transaction rolled back for a reason that a retry would meet again
  kRetry,           // rolled back by contention: run the whole transaction again
  kRetryOnce,       // may be contention in disguise (two blind inserts race): again once, then answer
  kOutcomeUnknown,  // the connection went: whether the transaction committed only its record can say
};

struct SqlStateInfo {
  ErrorCode code;
  AfterFailure after;
};

// The one place where a SQLSTATE becomes a code. The five characters decide, else their class, else
// `internal`. An empty SQLSTATE is a failure that libpq made itself: the connection is gone.
SqlStateInfo sqlstate_info(std::string_view sqlstate);

}  // namespace freshet::base
