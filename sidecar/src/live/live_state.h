#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "freshet_wire/siphash.hpp"
#include "live/actions.h"
#include "live/cause.h"
#include "live/events.h"
#include "live/limits.h"
#include "live/metrics.h"

namespace freshet::live {

struct Settings {
  Limits limits;
  wire::SipKey
      result_key{};  // from freshet.gateway_key(): hashes of results and rows mean the same on all gateways
  // Different at every start and on every gateway, and ordered by start: epoch strings begin with it.
  std::string epoch_prefix;
  // Random, so that fences of an earlier life of the stream key are not taken for ours.
  std::uint64_t first_nonce = 1;
  bool tell_causes = false;  // a Rerun action for every run but a first one
};

// A live query as an operator sees it.
struct LiveQueryInfo {
  std::uint64_t id = 0;  // never used again in this process
  Call call;
  bool guard = false;
  std::vector<std::string> claims_read;  // names
  std::size_t subscriptions = 0;
  std::uint64_t runs = 0;
  std::uint64_t runs_useless = 0;  // the same bytes as before
  base::Duration elapsed_last{};
  base::Duration elapsed_sum{};
  std::size_t result_bytes = 0;
  std::size_t bytes = 0;  // all that is kept for it
  std::optional<base::Error> error;
  bool idle = false;          // nobody subscribes; kept for whoever comes next
  std::vector<Cause> causes;  // oldest first
};

// A live query as advice needs it: what can be called again, and what its runs came to.
struct ObservedCall {
  Call call;
  ClaimsRead claims;
  std::uint64_t runs = 0;
  std::uint64_t runs_useless = 0;
  base::Duration elapsed{};
  std::map<wire::TableId, std::size_t> unknown;  // recent runs for a row whose old values were not told
};

struct LiveQueryDetail {
  LiveQueryInfo info;
  wire::ReadSet read_set;
};

// The epoch core (DESIGN §6): every live query, session and decoded transaction, and no socket, clock, thread
// or database.
//
// Owned by the live loop and touched by its thread only. Every event carries the loop's `now`; afterwards
// take_actions() says what is to be done and next_deadline() when tick() is due. Events of the stream must
// come in stream order. It starts without a stream: until stream_started, subscriptions wait and one-shots
// are passed on as not live.
class LiveState {
 public:
  explicit LiveState(Settings settings);
  ~LiveState();
  LiveState(const LiveState&) = delete;
  LiveState& operator=(const LiveState&) = delete;

  // The stream, in its order.
  void stream_started(base::TimePoint now, StreamStarted event);
  void stream_lost(base::TimePoint now);
  void transaction_decoded(base::TimePoint now, wire::Transaction transaction);
  void fence_seen(base::TimePoint now, std::uint64_t nonce);
  void interest_confirmed(base::TimePoint now, std::uint64_t version);

  // The database.
  void snapshot_opened(base::TimePoint now, SnapshotOpened event);
  void epoch_failed(base::TimePoint now, EpochFailed event);
  void runs_finished(base::TimePoint now, RunsFinished event);
  void runs_failed(base::TimePoint now, RunsFailed event);
  void mutation_committed(base::TimePoint now, MutationCommitted event);

  // Sessions. Unknown ids are ignored: the edge may be ahead.
  void session_opened(base::TimePoint now, SessionOpened event);
  void session_closed(base::TimePoint now, SessionId session);
  void identity_changed(base::TimePoint now, SessionId session, ClaimsPtr claims);
  void subscribe(base::TimePoint now, Subscribe event);
  void unsubscribe(base::TimePoint now, SessionId session, SubscriptionId subscription);
  void session_busy(base::TimePoint now, SessionId session);
  void session_drained(base::TimePoint now, SessionId session);
  void one_shot(base::TimePoint now, OneShot event);

  void tick(base::TimePoint now);

  std::vector<Action> take_actions();
  // None: nothing to do without an event.
  std::optional<base::TimePoint> next_deadline() const;

  // The string of the newest published epoch, for `welcome`.
  std::string epoch() const;
  bool live() const;  // there is a stream
  Metrics metrics() const;
  // The `most` that cost the database most time, the costliest first, each with its last cause only.
  std::vector<LiveQueryInfo> live_queries(std::size_t most) const;
  // Those that have run, of `most` places from `*place` on, which moves on: a look at some of them at a time,
  // however many there are. No guards and no pages.
  std::vector<ObservedCall> observed_calls(std::size_t* place, std::size_t most) const;
  std::optional<LiveQueryDetail> live_query(std::uint64_t id) const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace freshet::live
