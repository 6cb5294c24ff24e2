#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "live/claims.h"
#include "wire/snapshot.h"
#include "wire/transaction.h"

// What the live core is told. Plain values; nothing here is shared with another thread but immutable bytes.
namespace freshet::live {

using SessionId = std::uint64_t;       // the caller's; never reused
using SubscriptionId = std::uint64_t;  // the client's, unique within its session
using RequestId = std::uint64_t;
using RunId = std::uint64_t;
using EpochNumber = std::uint64_t;
using Bytes = std::shared_ptr<const std::string>;

// `args` and `page` in canonical JSON, so that equal calls have one text; no page is the empty string.
struct Call {
  std::string path;
  std::string args;
  std::string page;
  bool operator==(const Call&) const = default;
};

// One row of freshet.run_queries.
struct RunOutcome {
  RunId run = 0;
  Bytes value;  // JSON text, null with an error
  std::optional<base::Error> error;
  std::string read_set;       // as it came; empty or malformed counts as "everything"
  std::string claims = "{}";  // as it came
  std::optional<base::Duration> valid_for;
  base::Duration elapsed{};
};

// Answer to OpenSnapshot, before any RunsFinished of the epoch.
struct SnapshotOpened {
  EpochNumber epoch = 0;
  wire::Snapshot snapshot;
  std::optional<std::vector<wire::XidFate>> fates;
};

// The database could not be asked, or went away: every run of the epoch without an outcome is void.
struct EpochFailed {
  EpochNumber epoch = 0;
};

// Outcomes in any order and any number of batches. A batch is installed as one.
struct RunsFinished {
  EpochNumber epoch = 0;
  std::vector<RunOutcome> outcomes;
};

// These runs got no result (connection lost, worker gone): they are begun again at a later epoch, with
// back-off.
struct RunsFailed {
  EpochNumber epoch = 0;
  std::vector<RunId> runs;
};

// A new slot: commits that `snapshot` does not see will be decoded.
struct StreamStarted {
  wire::Snapshot snapshot;
};

struct SessionOpened {
  SessionId session = 0;
  ClaimsPtr claims;
  bool resumed = false;  // the client may hold results: nothing older than this moment may be sent (P3)
};

struct Subscribe {
  SessionId session = 0;
  SubscriptionId id = 0;
  Call call;
  bool guarded = false;  // the function has a guard
  bool lockstep = true;
  std::optional<std::string> have;  // hash of the value that the client holds, as it was sent to it
  base::Duration deadline{};        // zero: Limits::default_deadline
};

// A mutation of the session committed (or was replayed). Without xid it wrote nothing.
struct MutationCommitted {
  SessionId session = 0;
  RequestId request = 0;
  std::optional<wire::Xid> xid;
};

// Exactly one Answer or RunDirectly follows, before take_actions() returns.
struct OneShot {
  std::uint64_t token = 0;
  std::optional<SessionId> session;  // whose own mutations must be included
  std::vector<wire::Xid> after;      // further xids that must be included
  ClaimsPtr claims;
  Call call;
  bool guarded = false;
};

}  // namespace freshet::live
