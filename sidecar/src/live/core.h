#pragma once

#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "live/interest.h"
#include "live/model.h"
#include "live/transaction_log.h"

namespace freshet::live {

// LiveState's inside, in six files: core_stream (what was decoded), core_epochs (open, close, settle, pace),
// core_runs (begin, install), core_queries (who shares what), core_sessions, core_delivery (targets and
// transitions).
//
// Every public event ends in pump(), which carries all consequences through: no event leaves work for a later
// one that no deadline or answer would bring.
class LiveState::Core {
 public:
  explicit Core(Settings settings);

  void at(base::TimePoint now) { now_ = std::max(now_, now); }

  void stream_started(StreamStarted event);
  void stream_lost();
  void transaction_decoded(wire::Transaction transaction);
  void fence_seen(std::uint64_t nonce);
  void interest_confirmed(std::uint64_t version);
  void snapshot_opened(SnapshotOpened event);
  void epoch_failed(EpochNumber epoch);
  void runs_finished(RunsFinished event);
  void runs_failed(RunsFailed event);
  void mutation_committed(MutationCommitted event);
  void session_opened(SessionOpened event);
  void session_closed(SessionId id);
  void identity_changed(SessionId id, ClaimsPtr claims);
  void subscribe(Subscribe event);
  void unsubscribe(SessionId id, SubscriptionId subscription);
  void session_busy(SessionId id);
  void session_drained(SessionId id);
  void one_shot(OneShot event);
  void tick();

  std::vector<Action> take_actions() { return std::exchange(actions_, {}); }
  std::optional<base::TimePoint> next_deadline() const;
  std::string epoch() const { return epoch_text(newest_); }
  bool live() const { return live_; }
  Metrics metrics() const;
  std::vector<LiveQueryInfo> live_queries(std::size_t most) const;
  std::vector<ObservedCall> observed_calls(std::size_t* place, std::size_t most) const;
  std::optional<LiveQueryDetail> live_query(std::uint64_t id) const;

 private:
  // What a timeline can do about a result that it needs.
  enum class Need : std::uint8_t {
    kReady,
    kComing,     // a run that will tell is in flight
    kLater,      // a timer or another epoch will bring it
    kNeedEpoch,  // only a newer epoch can have it
  };
  enum class Timer : std::uint8_t { kExpire, kRetry, kRunDue, kGather };

  // core_stream
  void mark_hits(Logged& logged);
  void expect_visible(const Logged& logged, bool somebody_waits);
  void become_visible(Logged& logged, EpochNumber epoch);
  void make_dirty(LiveQuery& query, EpochNumber from, Cause cause);
  void remember_decoded(const wire::Transaction& transaction);

  // core_epochs
  void pump();
  std::optional<base::TimePoint> open_due() const;
  void open_epoch();
  void try_close(Epoch& epoch);
  void close(Epoch& epoch);
  void emit_fence(Epoch& epoch, bool again);
  void fence_timers();
  void retest_later(bool progress);
  void release_oldest_holds();
  void hand_out(Epoch& epoch);
  void close_connections();
  EpochNumber oldest_needed() const;
  std::string epoch_text(EpochNumber epoch) const;
  Epoch* find_epoch(EpochNumber epoch);

  // core_runs
  Need demand(LiveQuery& query, EpochNumber epoch, Timeline& timeline);
  void begin_run(LiveQuery& query, Epoch& epoch);
  bool want_at_open(LiveQuery& query, Epoch& epoch);
  void begin_wanted(Epoch& epoch);
  void release_request(LiveQuery& query);
  LiveQuery* end_run(RunId run, EpochNumber epoch);
  void run_void(LiveQuery& query, EpochNumber epoch);
  void run_failed(LiveQuery& query);
  void install(LiveQuery& query, EpochNumber epoch, RunOutcome outcome);
  ResultPtr result_of(const LiveQuery& query, const RunOutcome& outcome);
  wire::ReadSet read_set_of(const RunOutcome& outcome);
  void replace_read_set(LiveQuery& query, wire::ReadSet read_set);
  void match_log(const std::vector<Owner>& batch, EpochNumber epoch);
  void logged_hit(LiveQuery& query, Logged& logged);
  void pin(LiveQuery& query);
  void after_install(Owner slot, const ClaimsRead& claims);
  void note_cause(LiveQuery& query, EpochNumber epoch);
  bool is_slow(const LiveQuery& query) const;
  bool known_path(const LiveQuery& query) const;

  // core_queries
  LiveQuery& variant_for(const Call& call, bool guard, bool guarded, const ClaimsPtr& claims);
  LiveQuery* find_variant(const Family& family, const Claims& claims) const;
  static std::string values_key(const std::vector<std::string>& names, const Claims& claims);
  static std::string values_key(const ClaimsRead& read);
  static Family::Mask& mask_for(Family& family, const std::vector<std::string>& names);
  void unkey(LiveQuery& query);
  void attach(Subscription& subscription);
  void attach_one(Subscription& subscription, bool guard);
  void detach(Subscription& subscription);
  void detach_one(Subscription& subscription, bool guard);
  void rest_or_drop(LiveQuery& query);
  void wake_idle(LiveQuery& query);
  void destroy(LiveQuery& query);
  void split_and_merge(LiveQuery& query, const ClaimsRead& claims);
  void move_subscriptions(LiveQuery& from, LiveQuery& to);
  void trim_idle();
  void account(LiveQuery& query);
  LiveQuery* query_at(Owner slot) { return slot < queries_.size() ? queries_[slot].get() : nullptr; }

  // core_sessions
  Session* find_session(SessionId id);
  void drop_subscription(Session& session, Subscription& subscription);
  void forget(Timeline& timeline);
  void refuse(SessionId session, SubscriptionId subscription, base::ErrorCode code, std::string message);

  // core_delivery
  bool interested(const LiveQuery& query) const;
  void touch(Subscription& subscription);
  void touch_all(LiveQuery& query);
  void make_ready(Timeline& timeline);
  void settle_later(Timeline& timeline);
  void hold(Subscription& subscription);
  void untarget(Timeline& timeline);
  void settle_targets();
  void evaluate_ready();
  void evaluate(Timeline& timeline);
  Need start(Timeline& timeline);
  Need settle(Timeline& timeline);
  Need need_of(LiveQuery& query, const ResultPtr& pinned, Subscription& subscription, EpochNumber epoch);
  Need need_of(Subscription& subscription, EpochNumber epoch);
  ResultPtr result_at(const LiveQuery* query, const ResultPtr& pinned, const Subscription& subscription,
                      EpochNumber epoch) const;
  ResultPtr visible_result(const Subscription& subscription, EpochNumber epoch) const;
  Need deliver(Timeline& timeline);
  Bytes body_for(Subscription& subscription, const Result& result);
  const Base* base_named(const LiveQuery& query, const Subscription& subscription) const;
  Need rest_of(Timeline& timeline);
  Need wait_to_see(Timeline& timeline, const std::vector<Mutation>& mutations);
  bool sees_own(Session& session) const;
  bool mark_includes(Session& session);
  void deliver_stale(Session& session);

  void set_timer(base::TimePoint when, Timer timer, std::uint64_t id) { timers_.emplace(when, timer, id); }
  void clear_timer(base::TimePoint when, Timer timer, std::uint64_t id) { timers_.erase({when, timer, id}); }
  void set_expiry(LiveQuery& query, std::optional<base::TimePoint> when);
  void set_retry(LiveQuery& query, std::optional<base::TimePoint> when);
  void fire(Timer timer, std::uint64_t id, base::TimePoint due);

  template <class T>
  void emit(T action) {
    actions_.emplace_back(std::move(action));
  }

  Settings settings_;
  const Limits& limits_;
  base::TimePoint now_{};
  std::vector<Action> actions_;
  Metrics metrics_;
  std::set<std::tuple<base::TimePoint, Timer, std::uint64_t>> timers_;

  bool live_ = false;
  TransactionLog log_;
  Interest interest_;
  std::unordered_set<wire::Xid>
      decoded_;  // not visible in closed_snapshot_, so that a later one may report their fate
  std::uint64_t nonce_;

  std::map<EpochNumber, Epoch> epochs_;
  EpochNumber next_epoch_ = 1;
  EpochNumber newest_ = kNoEpoch;   // the last that was closed
  EpochNumber opening_ = kNoEpoch;  // the one that is not closed yet
  EpochNumber live_from_ = 1;       // epochs before it were of another stream
  wire::Snapshot closed_snapshot_;  // of newest_, or the slot's
  bool fresh_hits_ = false;         // something was decoded that somebody waits to see
  std::size_t untested_ = 0;        // decoded since the last snapshot
  std::optional<base::TimePoint> retest_at_;
  std::size_t retest_step_ = 0;
  std::optional<base::TimePoint> open_not_before_;
  int open_failures_ = 0;

  std::vector<std::unique_ptr<LiveQuery>> queries_;
  std::vector<Owner> free_slots_;
  std::uint64_t next_query_id_ = 1;
  std::unordered_map<std::string, std::unique_ptr<Family>> families_;
  Index index_;
  std::uint64_t install_seq_ = 0;
  std::uint64_t batch_ = 0;
  std::unordered_map<RunId, Run> runs_;
  RunId next_run_ = 1;
  std::unordered_map<std::string, base::Duration> elapsed_by_path_;
  std::list<Owner> idle_;  // most recently used first
  std::size_t idle_bytes_ = 0;
  std::vector<Owner> doomed_;  // perhaps dirty with nobody to run them for

  std::unordered_map<SessionId, std::unique_ptr<Session>> sessions_;
  std::size_t subscriptions_ = 0;
  std::vector<Timeline*> ready_;      // to be evaluated at the newest epoch
  std::vector<Timeline*> awaiting_;   // want a newer one
  std::vector<Timeline*> patient_;    // take the next one, but do not ask for it
  std::vector<Timeline*> to_settle_;  // have a target, and a result came
};

}  // namespace freshet::live
