// What the replication stream says: decoded transactions, fences, the beginning and the end of the stream.
#include "live/core.h"
#include "live/mutant.h"

namespace freshet::live {
void LiveState::Core::stream_started(StreamStarted event) {
  if (live_) stream_lost();
  live_ = true;
  live_from_ = next_epoch_;
  closed_snapshot_ = event.snapshot;
  interest_.forget_announced();
  for (const auto& [id, session] : sessions_) {
    session->main.announce = session->main.announce || !session->subscriptions.empty();
    for (const auto& [name, subscription] : session->subscriptions) {
      for (LiveQuery* query : {subscription->data, subscription->guard}) {
        if (query != nullptr) query->next_cause = Cause(Cause::Kind::kStream);
      }
      touch(*subscription);
    }
    make_ready(session->main);
  }
  pump();
}

void LiveState::Core::stream_lost() {
  if (!live_) return;
  live_ = false;
  for (auto& [number, epoch] : epochs_) {
    if (epoch.connection) emit(CloseEpoch{number});
  }
  for (const auto& [id, run] : runs_) {
    clear_timer(run.due, Timer::kRunDue, id);
    if (run.on_worker) emit(CancelRun{run.epoch, id});
  }
  runs_.clear();
  epochs_.clear();
  opening_ = kNoEpoch;
  log_.clear();
  decoded_.clear();
  fresh_hits_ = false;
  untested_ = 0;
  retest_at_.reset();
  for (std::vector<Timeline*>* list : {&awaiting_, &patient_}) {
    ready_.insert(ready_.end(), list->begin(), list->end());
    list->clear();
  }
  for (const auto& owned : queries_) {
    if (!owned) continue;
    LiveQuery& query = *owned;
    query.run = 0;
    query.run_epoch = query.requested = query.not_before = kNoEpoch;
    query.pending_hits = 0;
    // What was read set then says nothing about what is missed now.
    if (!mutant::kStreamLossKeepsResults) query.until = query.from;
    set_retry(query, std::nullopt);
    if (!query.has_subscribers()) doomed_.push_back(query.slot);
  }
  for (const auto& [id, session] : sessions_) {
    untarget(session->main);
    for (const auto& [name, timeline] : session->apart) untarget(*timeline);
    deliver_stale(*session);
  }
  pump();
}

void LiveState::Core::remember_decoded(const wire::Transaction& transaction) {
  if (decoded_.size() + transaction.subxids.size() >= limits_.max_decoded_xids) decoded_.clear();
  decoded_.insert(transaction.xid);
  if (transaction.subxids.size() < limits_.max_decoded_xids)
    decoded_.insert(transaction.subxids.begin(), transaction.subxids.end());
  Epoch* epoch = find_epoch(opening_);
  if (epoch == nullptr) return;
  epoch->undecoded.erase(transaction.xid);
  for (wire::Xid subxid : transaction.subxids) epoch->undecoded.erase(subxid);
}

void LiveState::Core::transaction_decoded(wire::Transaction transaction) {
  if (!live_) return;
  ++metrics_.transactions;
  metrics_.rows_matched += transaction.rows.size();
  metrics_.table_wide += transaction.tables.size();
  metrics_.everything += transaction.everything;
  if (transaction.ddl) emit(CatalogChanged{});
  remember_decoded(transaction);
  if (log_.size() >= limits_.max_log_transactions) {
    emit(RestartStream{
        "more transactions were decoded than can be kept while the database gives no snapshot"});
    return stream_lost();
  }
  const wire::Xid xid = transaction.xid;
  ++untested_;
  Logged& logged = log_.append(std::move(transaction), metrics_.log_collapses);
  mark_hits(logged);
  Epoch* epoch = find_epoch(opening_);
  const bool snapshot_known = epoch != nullptr && epoch->phase == Epoch::Phase::kClosing;
  if (snapshot_known && epoch->snapshot.sees(xid)) {
    log_.settle_one(logged, opening_);
    become_visible(logged, opening_);
  } else if (!snapshot_known && newest_ >= live_from_ && closed_snapshot_.sees(xid)) {
    // Closure makes this impossible; should it happen all the same, the next epoch mends it.
    ++metrics_.decoded_late;
  }
  if (snapshot_known) try_close(*epoch);
  pump();
}

void LiveState::Core::mark_hits(Logged& logged) {
  const wire::Transaction& transaction = logged.transaction;
  if (transaction.everything) {
    logged.everyone = install_seq_;
    if (!sessions_.empty()) expect_visible(logged, true);
    metrics_.hits += index_.owners();
    return;
  }
  index_.match(transaction, [&](const Hit& hit) {
    LiveQuery& query = *queries_[hit.owner];
    ++metrics_.hits;
    metrics_.hits_by_unknown += hit.unknown;
    logged.hits.push_back({hit.owner, query.install_seq});
    ++query.pending_hits;
    query.next_cause = cause_of(hit, transaction);
    if (!fresh_hits_) expect_visible(logged, interested(query));
  });
}

// Somebody's result changes when it becomes visible: soon to be asked when it was not yet, else with
// back-off.
void LiveState::Core::expect_visible(const Logged& logged, bool somebody_waits) {
  if (!logged.tested && somebody_waits) {
    fresh_hits_ = true;
  } else if (!retest_at_) {
    retest_later(true);
  }
}

void LiveState::Core::become_visible(Logged& logged, EpochNumber epoch) {
  const Cause cause(Cause::Kind::kEverything, logged.transaction);
  if (logged.everyone > 0) {
    for (const auto& query : queries_) {
      if (query && query->install_seq <= logged.everyone) make_dirty(*query, epoch, cause);
    }
  }
  for (const Logged::Dirtied& hit : logged.hits) {
    LiveQuery* query = query_at(hit.query);
    if (query == nullptr || query->install_seq != hit.install_seq) continue;
    if (query->pending_hits > 0) --query->pending_hits;
    make_dirty(*query, epoch, query->next_cause.value_or(cause));
  }
  logged.hits = {};
}

void LiveState::Core::make_dirty(LiveQuery& query, EpochNumber from, Cause cause) {
  if (!query.result || query.from >= from || query.until <= from) return;
  query.until = from;
  query.next_cause = std::move(cause);
  touch_all(query);
  if (!query.has_subscribers()) doomed_.push_back(query.slot);
}

void LiveState::Core::interest_confirmed(std::uint64_t version) {
  interest_.confirmed(version);
  pump();
}

void LiveState::Core::fence_seen(std::uint64_t nonce) {
  Epoch* epoch = find_epoch(opening_);
  if (epoch == nullptr || epoch->phase != Epoch::Phase::kClosing) return;
  const bool ours = std::find(epoch->nonces.begin(), epoch->nonces.end(), nonce) != epoch->nonces.end();
  if (ours || mutant::kAnyFenceCloses) close(*epoch);
  pump();
}

}  // namespace freshet::live
