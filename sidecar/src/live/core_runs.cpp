// Runs: beginning them at an epoch, and installing what they return (DESIGN §6, steps 4 and 5).
#include <algorithm>

#include "live/core.h"
#include "live/mutant.h"

namespace freshet::live {
namespace {

using std::chrono::milliseconds;

// Functions whose pace is remembered; paths are few, but clients name them.
constexpr std::size_t kMaxPaths = 10'000;

// What no committed row change tells of: foreign data, chance, catalogs, storage.
constexpr std::uint32_t kUntracked = wire::kReadVolatile | wire::kReadCatalog | wire::kReadForeign |
                                     wire::kReadUnlogged | wire::kReadTemporary | wire::kReadSample |
                                     wire::kReadUtility | wire::kReadCustomScan;
// What moves by itself, and slowly.
constexpr std::uint32_t kDrifting =
    wire::kReadClock | wire::kReadSetting | wire::kReadSystemColumn | wire::kReadTidScan;

base::Error denied() { return base::Error(base::ErrorCode::kForbidden, "access denied"); }

// What a guard raises is a refusal, unless it says that the guard itself could not be run.
base::Error guard_error(base::Error error) {
  switch (error.code) {
    case base::ErrorCode::kForbidden:
    case base::ErrorCode::kUnauthenticated:
    case base::ErrorCode::kNotFound:
    case base::ErrorCode::kInvalidArguments:
    case base::ErrorCode::kDeadlineExceeded:
    case base::ErrorCode::kOverloaded:
    case base::ErrorCode::kSerializationFailure:
    case base::ErrorCode::kSchemaChanged:
    case base::ErrorCode::kContractMismatch:
      return error;
    default:
      return denied();
  }
}

}  // namespace

bool LiveState::Core::known_path(const LiveQuery& query) const {
  return query.has_run ||
         elapsed_by_path_.contains((query.family->guard ? "?" : "") + query.family->call.path);
}

bool LiveState::Core::is_slow(const LiveQuery& query) const {
  if (query.has_run) return query.elapsed > limits_.slow_run;
  const auto at = elapsed_by_path_.find((query.family->guard ? "?" : "") + query.family->call.path);
  return at != elapsed_by_path_.end() && at->second > limits_.slow_run;
}

void LiveState::Core::release_request(LiveQuery& query) {
  if (Epoch* epoch = find_epoch(query.requested); epoch != nullptr && epoch->holds > 0) --epoch->holds;
  query.requested = kNoEpoch;
}

LiveState::Core::Need LiveState::Core::demand(LiveQuery& query, EpochNumber number, Timeline& timeline) {
  Epoch* epoch = find_epoch(number);
  const bool usable = epoch != nullptr && epoch->connection;
  if (query.run != 0) {
    if (query.run_epoch == number) return Need::kComing;
    if (query.run_epoch > number) return Need::kNeedEpoch;
    // Its result may prove to hold here too; if not, the epoch is kept open for one run more.
    if (usable && (query.requested == kNoEpoch || number < query.requested)) {
      release_request(query);
      query.requested = number;
      ++epoch->holds;
    }
    return Need::kComing;
  }
  if (query.retry_at) return Need::kLater;
  if (query.not_before > number || !usable || (query.result && query.from >= number)) return Need::kNeedEpoch;
  // Whom the epoch has begun to serve is served whole.
  if (epoch->begun >= limits_.max_runs_per_epoch && timeline.began_at != number) return Need::kNeedEpoch;
  timeline.began_at = number;
  begin_run(query, *epoch);
  return Need::kComing;
}

bool LiveState::Core::want_at_open(LiveQuery& query, Epoch& epoch) {
  const bool settled = query.result && query.until == kForever && query.pending_hits == 0;
  if (settled || query.run != 0 || query.retry_at) return false;
  begin_run(query, epoch);
  return true;
}

// The first batch goes out with the request for the snapshot: what is known to be dirty, and what will be if
// the commits that were decoded by now are visible, as most are.
void LiveState::Core::begin_wanted(Epoch& epoch) {
  for (Timeline* timeline : awaiting_) {
    if (timeline->session->busy) continue;
    if (epoch.begun >= limits_.max_runs_per_epoch) return;
    for (const Subscription* subscription : timeline->attention) {
      bool began = want_at_open(*subscription->data, epoch);
      if (subscription->guard != nullptr) began = want_at_open(*subscription->guard, epoch) || began;
      if (began) timeline->began_at = epoch.number;
    }
  }
  for (const Logged* logged : log_.pending()) {
    if (logged->tested) continue;
    for (const Logged::Dirtied& hit : logged->hits) {
      if (epoch.begun >= limits_.max_runs_per_epoch) return;
      LiveQuery* query = query_at(hit.query);
      if (query != nullptr && query->install_seq == hit.install_seq && interested(*query))
        want_at_open(*query, epoch);
    }
  }
}

void LiveState::Core::begin_run(LiveQuery& query, Epoch& epoch) {
  const auto& sharers = query.family->guard ? query.guard_of : query.data_of;
  if (!sharers.empty()) query.representative = sharers.front()->timeline->session->claims;
  release_request(query);
  const RunId id = next_run_++;
  const base::Duration deadline = query.deadline.count() > 0 ? query.deadline : limits_.default_deadline;
  Run& run = runs_[id];
  run = {query.slot, epoch.number, false, now_ + deadline + limits_.deadline_grace};
  set_timer(run.due, Timer::kRunDue, id);
  query.run = id;
  query.run_epoch = epoch.number;
  note_cause(query, epoch.number);
  ++metrics_.runs;
  ++epoch.begun;
  RunRequest request{id,       query.family->call,   query.family->guard, query.representative,
                     deadline, query.family->guarded};
  if (is_slow(query)) {
    epoch.worker_alone.push_back(std::move(request));
  } else if (!known_path(query)) {
    epoch.worker_batch.push_back(std::move(request));
  } else {
    epoch.main_batch.push_back(std::move(request));
    ++epoch.main_runs;
    return;
  }
  run.on_worker = true;
  ++epoch.worker_runs;
  ++metrics_.runs_on_workers;
}

void LiveState::Core::note_cause(LiveQuery& query, EpochNumber epoch) {
  ++query.runs;
  Cause& cause = query.causes.emplace_back(query.next_cause ? *std::move(query.next_cause) : Cause());
  query.next_cause.reset();
  cause.epoch = epoch;
  cause.at = now_;
  if (settings_.tell_causes && cause.kind != Cause::Kind::kFirst)
    emit(Rerun{query.id, query.family->call, query.family->guard, cause});
  while (query.causes.size() > limits_.causes_per_query) query.causes.pop_front();
}

LiveQuery* LiveState::Core::end_run(RunId id, EpochNumber number) {
  const auto at = runs_.find(id);
  if (at == runs_.end() || at->second.epoch != number) return nullptr;
  const Run run = at->second;
  runs_.erase(at);
  clear_timer(run.due, Timer::kRunDue, id);
  if (Epoch* epoch = find_epoch(number)) --(run.on_worker ? epoch->worker_runs : epoch->main_runs);
  LiveQuery* query = query_at(run.query);
  if (query == nullptr || query->run != id) return nullptr;
  query->run = 0;
  query->run_epoch = kNoEpoch;
  release_request(*query);
  return query;
}

void LiveState::Core::runs_failed(RunsFailed event) {
  for (RunId id : event.runs) {
    if (LiveQuery* query = end_run(id, event.epoch)) run_failed(*query);
  }
  pump();
}

void LiveState::Core::run_failed(LiveQuery& query) {
  ++metrics_.runs_failed;
  query.next_cause = Cause(Cause::Kind::kRetry);
  const int doublings = std::min(query.failures++, 7);
  set_retry(query, now_ + milliseconds(10) * (1 << doublings));
  touch_all(query);
}

// The storage that it read was newer than its snapshot (TRUNCATE is not MVCC-safe): only a later snapshot can
// tell.
void LiveState::Core::run_void(LiveQuery& query, EpochNumber epoch) {
  ++metrics_.runs_void;
  query.not_before = epoch + 1;
  query.next_cause = Cause(Cause::Kind::kRetry);
  if (query.failures++ > 0) set_retry(query, now_ + milliseconds(1) * (1 << std::min(query.failures, 8)));
  touch_all(query);
}

wire::ReadSet LiveState::Core::read_set_of(const RunOutcome& outcome) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(outcome.read_set.data());
  auto decoded = wire::decode_read_set(wire::Bytes(bytes, outcome.read_set.size()));
  if (!decoded.ok()) {
    ++metrics_.read_sets_widened;
    return wire::ReadSet::of_everything();
  }
  wire::ReadSet read_set = *std::move(decoded);
  if (read_set.bytes() <= limits_.max_read_set_bytes) return read_set;
  ++metrics_.read_sets_widened;
  wire::ReadSet tables{read_set.flags, {}};
  for (const wire::Entry& entry : read_set.entries) {
    const bool known = std::any_of(tables.entries.begin(), tables.entries.end(),
                                   [&](const wire::Entry& other) { return other.table == entry.table; });
    if (!known) tables.entries.push_back({entry.table, wire::kEntryAllColumns, {}, {}, {}, {}});
  }
  return tables;
}

ResultPtr LiveState::Core::result_of(const LiveQuery& query, const RunOutcome& outcome) {
  const wire::SipKey& key = settings_.result_key;
  if (outcome.error)
    return Result::of_error(key, query.family->guard ? guard_error(*outcome.error) : *outcome.error);
  if (!outcome.value)
    return Result::of_error(
        key, base::Error(base::ErrorCode::kInternal, "a run returned neither value nor error"));
  if (outcome.value->size() > limits_.max_result_bytes)
    return Result::of_error(
        key, base::Error(base::ErrorCode::kTooLarge, "the result is larger than the gateway allows"));
  return Result::of_value(key, *outcome.value,
                          query.family->call.page.empty() ? Result::Form::kPlain : Result::Form::kPage);
}

void LiveState::Core::replace_read_set(LiveQuery& query, wire::ReadSet read_set) {
  interest_.add(read_set);
  if (query.installed) {
    index_.erase(query.slot, query.indexed);
    interest_.remove(now_, query.read_set);
  }
  query.read_set = std::move(read_set);
  query.indexed = index_.insert(query.slot, query.read_set);
  query.installed = true;
  query.install_seq = ++install_seq_;
  query.pending_hits = 0;
}

// What a session still needs at its target is kept for it.
void LiveState::Core::pin(LiveQuery& query) {
  if (!query.result) return;
  const auto wanted = [&](const Subscription* subscription) {
    return subscription->timeline->target != kNoEpoch && query.valid_at(subscription->timeline->target);
  };
  for (Subscription* subscription : query.data_of) {
    if (wanted(subscription) && !subscription->pinned_data) subscription->pinned_data = query.result;
  }
  for (Subscription* subscription : query.guard_of) {
    if (wanted(subscription) && !subscription->pinned_guard) subscription->pinned_guard = query.result;
  }
}

void LiveState::Core::install(LiveQuery& query, EpochNumber epoch, RunOutcome outcome) {
  const bool first = !query.result;
  query.failures = 0;
  query.elapsed = outcome.elapsed;
  query.elapsed_sum += outcome.elapsed;
  query.has_run = true;
  query.not_before = kNoEpoch;
  if (elapsed_by_path_.size() < kMaxPaths || elapsed_by_path_.contains(query.family->call.path)) {
    base::Duration& pace = elapsed_by_path_[(query.family->guard ? "?" : "") + query.family->call.path];
    pace = outcome.elapsed > pace ? outcome.elapsed : (pace * 7 + outcome.elapsed) / 8;
  }
  // A run that was cut off says nothing of what it would have read: it is tried again by the clock.
  const bool cut_off =
      outcome.error && outcome.error->code == base::ErrorCode::kDeadlineExceeded && outcome.read_set.empty();
  const bool transient = outcome.error && outcome.error->retryable;
  query.overdue = cut_off || transient ? query.overdue + 1 : 0;
  metrics_.runs_past_deadline += cut_off;

  ResultPtr result = result_of(query, outcome);
  pin(query);
  if (query.result && query.result->same_as(*result)) {
    ++metrics_.runs_useless;
    ++query.runs_useless;
    result = query.result;
  } else if (!first) {
    if (auto base = query.result->base()) query.bases.push_front(*std::move(base));
    while (query.bases.size() > limits_.bases_per_query) query.bases.pop_back();
  }
  query.result = std::move(result);
  query.from = epoch;
  query.until = kForever;
  wire::ReadSet read_set = cut_off ? wire::ReadSet{} : read_set_of(outcome);
  std::optional<base::TimePoint> expires;
  if (outcome.valid_for) expires = now_ + std::max(*outcome.valid_for, base::Duration(milliseconds(1)));
  if ((read_set.flags & kUntracked) != 0) {
    const auto again = now_ + limits_.untracked_refresh;
    expires = expires ? std::min(*expires, again) : again;
  } else if ((read_set.flags & kDrifting) != 0 && !expires) {
    expires = now_ + limits_.clock_refresh;
  }
  replace_read_set(query, std::move(read_set));
  if (cut_off || transient) {
    const auto again = now_ + limits_.deadline_retry * (1 << std::min(query.overdue - 1, 5));
    expires = expires ? std::min(*expires, again) : again;
  }
  set_expiry(query, expires);
  account(query);
}

void LiveState::Core::runs_finished(RunsFinished event) {
  std::vector<Owner> batch;
  std::vector<ClaimsRead> claims;
  ++batch_;
  for (RunOutcome& outcome : event.outcomes) {
    LiveQuery* query = end_run(outcome.run, event.epoch);
    if (query == nullptr) continue;
    auto read = ClaimsRead::parse(outcome.claims);
    if (!read.ok()) {
      // Whom the result may be given to is not known: to nobody.
      outcome.value = nullptr;
      outcome.error = read.error();
      read = query->claims;
    } else {
      // The names are what was read; the values are those of whom it ran as, whatever the database makes of
      // their spelling.
      read = ClaimsRead::of(read->names(), *query->representative);
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(outcome.read_set.data());
    const auto decoded = wire::decode_read_set(wire::Bytes(bytes, outcome.read_set.size()));
    if (decoded.ok() && decoded->is_void() && !mutant::kVoidInstalled) {
      run_void(*query, event.epoch);
      continue;
    }
    install(*query, event.epoch, std::move(outcome));
    query->batch = batch_;
    batch.push_back(query->slot);
    claims.push_back(*std::move(read));
  }
  if (!mutant::kInstallWithoutLog) match_log(batch, event.epoch);
  for (std::size_t i = 0; i < batch.size(); ++i) after_install(batch[i], claims[i]);
  pump();
}

// Few read sets are asked one by one; for many, the index is quicker than as many passes over the log.
void LiveState::Core::match_log(const std::vector<Owner>& batch, EpochNumber epoch) {
  constexpr std::size_t kFew = 8;
  if (batch.empty()) return;
  log_.each([&](Logged& logged) {
    if (logged.seen_from <= epoch) return;
    if (batch.size() > kFew) {
      index_.match(logged.transaction, [&](const Hit& hit) {
        LiveQuery& query = *queries_[hit.owner];
        if (query.batch == batch_) logged_hit(query, logged);
      });
      return;
    }
    for (Owner slot : batch) {
      LiveQuery& query = *queries_[slot];
      if (overlaps(query.read_set, logged.transaction)) logged_hit(query, logged);
    }
  });
}

void LiveState::Core::logged_hit(LiveQuery& query, Logged& logged) {
  ++metrics_.install_hits;
  query.next_cause = cause_of(query.read_set, logged.transaction);
  if (logged.is_visible()) {
    query.until = std::min(query.until, logged.seen_from);
    return;
  }
  logged.hits.push_back({query.slot, query.install_seq});
  ++query.pending_hits;
  expect_visible(logged, interested(query));
}

void LiveState::Core::after_install(Owner slot, const ClaimsRead& claims) {
  LiveQuery* query = query_at(slot);
  if (query == nullptr || query->batch != batch_) return;
  split_and_merge(*query, claims);
  query = query_at(slot);
  if (query == nullptr) return;
  for (const auto* sharers : {&query->data_of, &query->guard_of}) {
    for (Subscription* subscription : *sharers) {
      subscription->offered = true;
      settle_later(*subscription->timeline);
    }
  }
  touch_all(*query);
  if (!query->has_subscribers()) rest_or_drop(*query);
}

void LiveState::Core::set_expiry(LiveQuery& query, std::optional<base::TimePoint> when) {
  if (query.expires_at) clear_timer(*query.expires_at, Timer::kExpire, query.slot);
  query.expires_at = when;
  if (when) set_timer(*when, Timer::kExpire, query.slot);
}

void LiveState::Core::set_retry(LiveQuery& query, std::optional<base::TimePoint> when) {
  if (query.retry_at) clear_timer(*query.retry_at, Timer::kRetry, query.slot);
  query.retry_at = when;
  if (when) set_timer(*when, Timer::kRetry, query.slot);
}

void LiveState::Core::fire(Timer timer, std::uint64_t id, base::TimePoint due) {
  switch (timer) {
    case Timer::kExpire: {
      LiveQuery& query = *queries_[id];
      query.expires_at.reset();
      make_dirty(query, next_epoch_, Cause(Cause::Kind::kExpired));
      return;
    }
    case Timer::kRetry: {
      LiveQuery& query = *queries_[id];
      query.retry_at.reset();
      touch_all(query);
      return;
    }
    case Timer::kRunDue: {
      const auto at = runs_.find(id);
      if (at == runs_.end() || at->second.due != due) return;
      const EpochNumber epoch = at->second.epoch;
      emit(CancelRun{epoch, id});
      RunOutcome outcome;
      outcome.run = id;
      outcome.error =
          base::Error(base::ErrorCode::kDeadlineExceeded, "the function did not end within its deadline");
      ++batch_;
      LiveQuery* query = end_run(id, epoch);
      if (query == nullptr) return;
      // Told to those who share it now.
      const ClaimsRead claims = query->claims;
      outcome.elapsed = query->deadline.count() > 0 ? query->deadline : limits_.default_deadline;
      install(*query, epoch, std::move(outcome));
      query->batch = batch_;
      after_install(query->slot, claims);
      return;
    }
    case Timer::kGather:
      if (Session* session = find_session(id)) {
        session->main.gather_until.reset();
        make_ready(session->main);
      }
      return;
  }
}

}  // namespace freshet::live
