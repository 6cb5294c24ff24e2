#include "live/live_state.h"

#include <algorithm>
#include <tuple>

#include "live/core.h"

namespace freshet::live {

LiveState::Core::Core(Settings settings)
    : settings_(std::move(settings)),
      limits_(settings_.limits),
      log_(limits_),
      interest_(limits_),
      nonce_(settings_.first_nonce) {}

Metrics LiveState::Core::metrics() const {
  Metrics metrics = metrics_;
  metrics.sessions = sessions_.size();
  metrics.subscriptions = subscriptions_;
  metrics.pending_transactions = log_.pending().size();
  metrics.log_bytes = log_.bytes();
  metrics.idle_bytes = idle_bytes_;
  for (const auto& [number, epoch] : epochs_) metrics.open_epochs += epoch.connection;
  return metrics;
}

namespace {

LiveQueryInfo info_of(const LiveQuery& query) {
  LiveQueryInfo info;
  info.id = query.id;
  info.call = query.family->call;
  info.guard = query.family->guard;
  info.claims_read = query.claims.names();
  info.subscriptions = query.data_of.size() + query.guard_of.size();
  info.runs = query.runs;
  info.runs_useless = query.runs_useless;
  info.elapsed_last = query.elapsed;
  info.elapsed_sum = query.elapsed_sum;
  info.bytes = query.bytes;
  if (query.result) {
    info.result_bytes = query.result->bytes();
    info.error = query.result->error();
  }
  info.idle = query.idle_since.has_value();
  return info;
}

}  // namespace

std::vector<LiveQueryInfo> LiveState::Core::live_queries(std::size_t most) const {
  std::vector<const LiveQuery*> all;
  for (const auto& query : queries_) {
    if (query) all.push_back(query.get());
  }
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::partial_sort(all.begin(), end, all.end(), [](const LiveQuery* a, const LiveQuery* b) {
    return std::tie(b->elapsed_sum, a->id) < std::tie(a->elapsed_sum, b->id);
  });
  std::vector<LiveQueryInfo> infos;
  for (auto query = all.begin(); query != end; ++query) {
    infos.push_back(info_of(**query));
    if (!(*query)->causes.empty()) infos.back().causes.push_back((*query)->causes.back());
  }
  return infos;
}

std::vector<ObservedCall> LiveState::Core::observed_calls(std::size_t* place, std::size_t most) const {
  if (*place >= queries_.size()) *place = 0;
  const std::size_t end = std::min(queries_.size(), *place + most);
  std::vector<ObservedCall> observed;
  for (; *place < end; ++*place) {
    const auto& query = queries_[*place];
    if (!query || query->runs == 0 || query->family->guard || !query->family->call.page.empty()) continue;
    ObservedCall& call = observed.emplace_back(ObservedCall{
        query->family->call, query->claims, query->runs, query->runs_useless, query->elapsed_sum, {}});
    for (const Cause& cause : query->causes) {
      if (cause.unknown_value && cause.table != 0) ++call.unknown[cause.table];
    }
  }
  return observed;
}

std::optional<LiveQueryDetail> LiveState::Core::live_query(std::uint64_t id) const {
  for (const auto& query : queries_) {
    if (!query || query->id != id) continue;
    LiveQueryDetail detail{info_of(*query), query->read_set};
    detail.info.causes.assign(query->causes.begin(), query->causes.end());
    return detail;
  }
  return std::nullopt;
}

LiveState::LiveState(Settings settings) : core_(std::make_unique<Core>(std::move(settings))) {}
LiveState::~LiveState() = default;

void LiveState::stream_started(base::TimePoint now, StreamStarted event) {
  core_->at(now);
  core_->stream_started(std::move(event));
}
void LiveState::stream_lost(base::TimePoint now) {
  core_->at(now);
  core_->stream_lost();
}
void LiveState::transaction_decoded(base::TimePoint now, wire::Transaction transaction) {
  core_->at(now);
  core_->transaction_decoded(std::move(transaction));
}
void LiveState::fence_seen(base::TimePoint now, std::uint64_t nonce) {
  core_->at(now);
  core_->fence_seen(nonce);
}
void LiveState::interest_confirmed(base::TimePoint now, std::uint64_t version) {
  core_->at(now);
  core_->interest_confirmed(version);
}
void LiveState::snapshot_opened(base::TimePoint now, SnapshotOpened event) {
  core_->at(now);
  core_->snapshot_opened(std::move(event));
}
void LiveState::epoch_failed(base::TimePoint now, EpochFailed event) {
  core_->at(now);
  core_->epoch_failed(event.epoch);
}
void LiveState::runs_finished(base::TimePoint now, RunsFinished event) {
  core_->at(now);
  core_->runs_finished(std::move(event));
}
void LiveState::runs_failed(base::TimePoint now, RunsFailed event) {
  core_->at(now);
  core_->runs_failed(std::move(event));
}
void LiveState::mutation_committed(base::TimePoint now, MutationCommitted event) {
  core_->at(now);
  core_->mutation_committed(event);
}
void LiveState::session_opened(base::TimePoint now, SessionOpened event) {
  core_->at(now);
  core_->session_opened(std::move(event));
}
void LiveState::session_closed(base::TimePoint now, SessionId session) {
  core_->at(now);
  core_->session_closed(session);
}
void LiveState::identity_changed(base::TimePoint now, SessionId session, ClaimsPtr claims) {
  core_->at(now);
  core_->identity_changed(session, std::move(claims));
}
void LiveState::subscribe(base::TimePoint now, Subscribe event) {
  core_->at(now);
  core_->subscribe(std::move(event));
}
void LiveState::unsubscribe(base::TimePoint now, SessionId session, SubscriptionId subscription) {
  core_->at(now);
  core_->unsubscribe(session, subscription);
}
void LiveState::session_busy(base::TimePoint now, SessionId session) {
  core_->at(now);
  core_->session_busy(session);
}
void LiveState::session_drained(base::TimePoint now, SessionId session) {
  core_->at(now);
  core_->session_drained(session);
}
void LiveState::one_shot(base::TimePoint now, OneShot event) {
  core_->at(now);
  core_->one_shot(std::move(event));
}
void LiveState::tick(base::TimePoint now) {
  core_->at(now);
  core_->tick();
}
std::vector<Action> LiveState::take_actions() { return core_->take_actions(); }
std::optional<base::TimePoint> LiveState::next_deadline() const { return core_->next_deadline(); }
std::string LiveState::epoch() const { return core_->epoch(); }
bool LiveState::live() const { return core_->live(); }
Metrics LiveState::metrics() const { return core_->metrics(); }
std::vector<LiveQueryInfo> LiveState::live_queries(std::size_t most) const {
  return core_->live_queries(most);
}
std::vector<ObservedCall> LiveState::observed_calls(std::size_t* place, std::size_t most) const {
  return core_->observed_calls(place, most);
}
std::optional<LiveQueryDetail> LiveState::live_query(std::uint64_t id) const { return core_->live_query(id); }

}  // namespace freshet::live
