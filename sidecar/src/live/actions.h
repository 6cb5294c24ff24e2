#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "live/cause.h"
#include "live/events.h"

// What the live core wants done. Carried out in order; none is answered before the call that produced it
// returned.
namespace freshet::live {

struct RunRequest {
  RunId run = 0;
  Call call;
  bool guard = false;  // run the guard of `path` with these arguments
  ClaimsPtr claims;    // claims->json() is the request's `identity`
  base::Duration deadline{};
  bool guarded =
      false;  // a guard is run beside it; if not, the database refuses a function that has one by now
};

// Begin REPEATABLE READ READ ONLY on a connection that now belongs to the epoch and call run_queries(runs,
// since): one round trip. Answer: SnapshotOpened, then RunsFinished, or EpochFailed. `export_snapshot`: runs
// on workers may follow.
struct OpenSnapshot {
  EpochNumber epoch = 0;
  std::string since;  // pg_snapshot of the last closed epoch; empty: none
  std::vector<RunRequest> runs;
};

// Further runs at the epoch's snapshot, on its own connection.
struct RunAtEpoch {
  EpochNumber epoch = 0;
  std::vector<RunRequest> runs;
};

// The same on another worker that imports the epoch's snapshot (export it on the epoch's connection first if
// need be), so that slow runs delay nobody else.
struct RunOnWorker {
  EpochNumber epoch = 0;
  std::vector<RunRequest> runs;
};

// The connection may be given back once every worker asked for before has imported the snapshot. No further
// runs follow.
struct CloseEpoch {
  EpochNumber epoch = 0;
};

// The run is of no use any more: cancel its statement if it still runs. Nobody waits for an answer.
struct CancelRun {
  EpochNumber epoch = 0;
  RunId run = 0;
};

// Write a fence message with this nonce (freshet.emit_control) on another connection. Answer: fence_seen from
// the stream.
struct EmitFence {
  std::uint64_t nonce = 0;
};

struct WatchedColumn {
  wire::Attnum attnum = 0;
  std::uint8_t parts = 0;    // wire::ValuePart
  std::string expression{};  // of a test
  bool operator==(const WatchedColumn&) const = default;
};

struct WatchedTable {
  wire::TableId table = 0;
  std::vector<WatchedColumn> columns;
};

// Announce these tables (each replaces what was announced of it) and forget `unwatch`. Both go out as control
// messages of this version, the watch first. Answer: interest_confirmed from the stream, at the latest
// version.
struct SendInterest {
  std::uint64_t version = 0;
  bool replace = false;
  std::vector<WatchedTable> watch;
  std::vector<wire::TableId> unwatch;
};

// One entry of `changes`. `body` is the text of the members after `id`, without braces (docs/protocol.md),
// shared by all sessions that are sent the same.
struct Change {
  SubscriptionId subscription = 0;
  Bytes body;
};

// Only for sessions that are not busy. `from` and `to` are empty for subscriptions out of lockstep.
struct Deliver {
  SessionId session = 0;
  std::string from;
  std::string to;
  std::vector<Change> changes;
  std::vector<RequestId> includes;
  bool stale = false;
};

struct SubscriptionRefused {
  SessionId session = 0;
  SubscriptionId subscription = 0;
  base::Error error;
};

// The one-shot result: part of `text`, or the error. `epoch` is the epoch's string.
struct Answer {
  std::uint64_t token = 0;
  Bytes text;
  std::size_t offset = 0;
  std::size_t length = 0;
  std::optional<base::Error> error;
  std::string epoch;
  std::string hash;

  std::string_view value() const { return std::string_view(*text).substr(offset, length); }
};

// No maintained result fits: run it on any connection. `live` false: there is no stream now, mark the answer
// as not live.
struct RunDirectly {
  std::uint64_t token = 0;
  bool live = true;
};

// A DDL transaction was decoded: read the catalog again.
struct CatalogChanged {};

// A live query is run again. Only with Settings::tell_causes.
struct Rerun {
  std::uint64_t query = 0;
  Call call;
  bool guard = false;
  Cause cause;
};

// The stream and the database contradict each other (other system or timeline, malformed message): start the
// stream anew.
struct RestartStream {
  std::string reason;
};

using Action =
    std::variant<OpenSnapshot, RunAtEpoch, RunOnWorker, CloseEpoch, CancelRun, EmitFence, SendInterest,
                 Deliver, SubscriptionRefused, Answer, RunDirectly, CatalogChanged, Rerun, RestartStream>;

}  // namespace freshet::live
