#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "live/index.h"
#include "live/live_state.h"
#include "live/result.h"

// What the live core keeps. Everything is owned by LiveState::Core and touched by the live loop only;
// pointers between these objects are cleared by whoever removes their target.
namespace freshet::live {

inline constexpr EpochNumber kNoEpoch = 0;
inline constexpr EpochNumber kForever = std::numeric_limits<EpochNumber>::max();

struct Family;
struct Session;
struct Subscription;
struct Timeline;

// One (path, args, page) or its guard, for the claims that its run read.
//
//   no result ──install──► valid from its run's epoch ──a visible hit, or expiry──► dirty (until is set)
//   ──install──► valid
struct LiveQuery {
  Owner slot = 0;
  std::uint64_t id = 0;  // unlike the slot never used again
  Family* family = nullptr;
  ClaimsRead claims;  // whom the result may be given to
  bool claims_known =
      false;  // false: nothing has run yet, `claims` is a guess made from the family's last run
  ClaimsPtr representative;  // as whom it ran last; runs without subscribers do not happen
  std::vector<Subscription*> data_of;
  std::vector<Subscription*> guard_of;

  ResultPtr result;
  EpochNumber from = kNoEpoch;  // result is that of every epoch in [from, until)
  EpochNumber until = kNoEpoch;
  std::deque<Base> bases;  // newest first
  wire::ReadSet read_set;
  Index::Handle indexed;
  bool installed = false;         // read_set is in the index
  std::uint64_t install_seq = 0;  // names this read set in the hits of transactions; 0: none
  std::size_t pending_hits = 0;   // decoded and not yet visible transactions that hit it

  RunId run = 0;  // in flight
  EpochNumber run_epoch = kNoEpoch;
  EpochNumber requested = kNoEpoch;   // holds that epoch open until the run in flight ends
  EpochNumber not_before = kNoEpoch;  // a void run: its snapshot is of no use
  std::optional<base::TimePoint> expires_at;
  std::optional<base::TimePoint> retry_at;
  int failures = 0;  // in a row, for back-off
  int overdue = 0;   // runs past the deadline in a row
  base::Duration deadline{};
  base::Duration elapsed{};
  bool has_run = false;
  std::uint64_t batch = 0;  // the batch of outcomes that installed it last
  std::uint64_t runs = 0;
  std::uint64_t runs_useless = 0;
  base::Duration elapsed_sum{};
  std::deque<Cause> causes;
  std::optional<Cause> next_cause;

  std::optional<base::TimePoint> idle_since;
  std::list<Owner>::iterator idle_place;
  std::size_t bytes = 0;

  bool valid_at(EpochNumber epoch) const { return result != nullptr && from <= epoch && epoch < until; }
  bool has_subscribers() const { return !data_of.empty() || !guard_of.empty(); }
};

// All live queries of one call. Those who think that the function has a guard share nothing with those who do
// not: the database holds each to it.
struct Family {
  std::string key;
  Call call;
  bool guard = false;
  bool guarded = false;
  // Variants by the names of the claims, then by their values.
  struct Mask {
    std::vector<std::string> names;
    std::unordered_map<std::string, LiveQuery*> by_values;
  };
  std::vector<Mask> masks;
  std::vector<std::string> guess;  // claims that the last run read
  std::size_t variants = 0;
};

struct Subscription {
  SubscriptionId id = 0;
  Timeline* timeline = nullptr;
  Call call;
  bool guarded = false;
  std::optional<std::string> have;
  base::Duration deadline{};
  LiveQuery* data = nullptr;
  LiveQuery* guard = nullptr;
  // Where it stands in data->data_of and guard->guard_of.
  std::size_t data_place = 0;
  std::size_t guard_place = 0;

  bool held =
      false;  // the client holds a result, or is owed one together with the others: lockstep counts it
  bool offered = false;    // a run of its live query ended since it subscribed
  bool told = false;       // a result was sent on this connection
  bool attention = false;  // in timeline->attention
  wire::Hash128 sent{};    // what it was told last
  bool sent_error = false;
  // What it needs at its timeline's target and a newer run has replaced.
  ResultPtr pinned_data;
  ResultPtr pinned_guard;
};

// What moves from snapshot to snapshot as one: a session's lockstep subscriptions, or one that is kept apart.
//
//   at rest ──something to tell──► ready ──evaluated at the newest epoch──► target set ──all there──►
//   delivered, at rest
struct Timeline {
  Session* session = nullptr;
  bool main = false;
  EpochNumber at = kNoEpoch;    // the epoch that its results belong to
  EpochNumber sent = kNoEpoch;  // the last `to`, or the epoch of `welcome`
  EpochNumber target = kNoEpoch;
  EpochNumber not_before = kNoEpoch;
  EpochNumber began_at = kNoEpoch;  // the last epoch at which a run was begun for it
  std::optional<base::TimePoint> gather_until;
  std::vector<Subscription*> attention;  // whose result may have to be told
  std::size_t held = 0;                  // subscriptions that count for lockstep
  bool listed = false;                   // in one of the core's lists of timelines to evaluate
  bool to_settle = false;
  bool announce = false;     // tell it the next epoch even when nothing changed (after `stale`)
  std::uint64_t missed = 0;  // while busy
};

struct Mutation {
  RequestId request = 0;
  std::optional<wire::Xid> xid;
  EpochNumber next_epoch = kNoEpoch;  // the first that is opened after the commit was known
  bool in_target = false;             // visible at the session's target
};

struct Session {
  SessionId id = 0;
  ClaimsPtr claims;
  bool busy = false;
  bool stale_owed = false;  // was busy when the stream was lost
  Timeline main;
  std::map<SubscriptionId, std::unique_ptr<Subscription>> subscriptions;
  std::unordered_map<SubscriptionId, std::unique_ptr<Timeline>> apart;
  std::vector<Mutation> includes;  // committed, not yet told
  std::vector<Mutation> must_see;  // told while it held nothing; every epoch it moves to must see them
};

struct Run {
  Owner query = 0;
  EpochNumber epoch = kNoEpoch;
  bool on_worker = false;
  base::TimePoint due{};
};

// opening ──snapshot──► closing ──everything visible decoded──► closed; gone when no run needs its snapshot
struct Epoch {
  enum class Phase : std::uint8_t { kOpening, kClosing, kClosed };
  EpochNumber number = kNoEpoch;
  Phase phase = Phase::kOpening;
  bool connection = true;  // its snapshot can still be used
  wire::Snapshot snapshot;
  base::TimePoint opened_at{};
  std::unordered_set<wire::Xid> undecoded;  // committed and visible, not decoded yet
  bool fates_known = false;
  bool fence_needed = false;
  std::optional<base::TimePoint> fence_due;
  std::vector<std::uint64_t> nonces;
  std::size_t main_runs = 0;
  std::size_t worker_runs = 0;
  std::size_t holds = 0;               // queries that will run here once their run in flight ends
  std::size_t begun = 0;               // runs in all
  std::vector<RunRequest> main_batch;  // not handed out yet
  std::vector<RunRequest> worker_alone;
  std::vector<RunRequest> worker_batch;
};

}  // namespace freshet::live
