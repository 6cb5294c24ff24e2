#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "postgres/worker_pool.h"

namespace freshet::postgres {

struct MutationRequest {
  std::string session;
  std::int64_t request = 0;
  std::string principal;  // who owns the record; empty: anonymous
  std::string path;
  std::string args;
  std::string identity;         // JSON object, or "null"
  bool create_session = false;  // record `session` first (freshet.open_session)
  base::TimePoint deadline;
};

struct MutationResult {
  std::string value;
  std::optional<std::uint64_t> xid;
  bool replayed = false;
  int attempts = 1;
  std::string notices;  // JSON array of what the function said, for developers; else empty
};

// Runs one mutation to its end: SERIALIZABLE, again with jittered back-off where contention undid it. When
// the connection goes, whether it committed is found by the same call on another connection: the record,
// claimed by the mutation's own transaction, makes that a replay or the first execution, never a second one.
// Blocks the worker.
base::Result<MutationResult> run_mutation(Worker& worker, const MutationRequest& request,
                                          const base::Clock& clock, base::Random& random);

}  // namespace freshet::postgres
