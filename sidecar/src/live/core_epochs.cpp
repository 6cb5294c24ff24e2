// Opening, closing and pacing of epochs (DESIGN §6, steps 2 and 3).
#include <array>

#include "live/core.h"
#include "live/mutant.h"

namespace freshet::live {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// A decoded commit that is not visible yet is looked for again after these.
constexpr std::array<base::Duration, 7> kRetest = {microseconds(200), microseconds(500), milliseconds(1),
                                                   milliseconds(5),   milliseconds(20),  milliseconds(100),
                                                   milliseconds(500)};

std::string digits(std::uint64_t number) {
  std::string text = std::to_string(number);
  return std::string(20 - text.size(), '0') + text;
}

}  // namespace

std::string LiveState::Core::epoch_text(EpochNumber epoch) const {
  return settings_.epoch_prefix + digits(epoch);
}

Epoch* LiveState::Core::find_epoch(EpochNumber epoch) {
  const auto at = epochs_.find(epoch);
  return at == epochs_.end() ? nullptr : &at->second;
}

void LiveState::Core::pump() {
  while (!to_settle_.empty() || (opening_ == kNoEpoch && !ready_.empty())) {
    settle_targets();
    if (opening_ == kNoEpoch) evaluate_ready();
  }
  for (Owner slot : std::exchange(doomed_, {})) {
    LiveQuery* query = query_at(slot);
    if (query != nullptr && !query->has_subscribers() && query->until != kForever) destroy(*query);
  }
  trim_idle();
  for (auto& [number, epoch] : epochs_) hand_out(epoch);
  close_connections();
  if (const auto due = open_due(); due && *due <= now_) open_epoch();
  if (!live_) return;
  if (auto interest = interest_.next(now_)) {
    ++metrics_.interest_sent;
    emit(*std::move(interest));
  }
}

std::optional<base::TimePoint> LiveState::Core::open_due() const {
  if (!live_ || opening_ != kNoEpoch) return std::nullopt;
  std::optional<base::TimePoint> due;
  if (!awaiting_.empty() || fresh_hits_ || untested_ > limits_.settle_after_transactions)
    due = now_;
  else if (retest_at_)
    due = retest_at_;
  if (!due) return std::nullopt;
  if (open_not_before_) due = std::max(*due, *open_not_before_);
  std::size_t connections = 0;
  bool releasable = false;
  for (const auto& [number, epoch] : epochs_) {
    if (!epoch.connection) continue;
    ++connections;
    releasable = releasable || (epoch.holds > 0 && epoch.main_runs == 0);
    if (number == newest_ && epoch.main_runs > 0)
      due = std::max(*due, epoch.opened_at + limits_.overlap_after);
  }
  if (connections >= limits_.max_open_epochs && !releasable) return std::nullopt;
  return due;
}

void LiveState::Core::release_oldest_holds() {
  std::size_t connections = 0;
  for (const auto& [number, epoch] : epochs_) connections += epoch.connection;
  if (connections < limits_.max_open_epochs) return;
  for (auto& [number, epoch] : epochs_) {
    if (!epoch.connection || epoch.holds == 0 || epoch.main_runs > 0) continue;
    for (const auto& query : queries_) {
      if (query && query->requested == number) release_request(*query);
    }
    break;
  }
  close_connections();
}

void LiveState::Core::open_epoch() {
  release_oldest_holds();
  if (awaiting_.empty() && !fresh_hits_ && untested_ <= limits_.settle_after_transactions) ++metrics_.retests;
  const EpochNumber number = next_epoch_++;
  Epoch& epoch = epochs_[number];
  epoch.number = number;
  epoch.opened_at = now_;
  opening_ = number;
  fresh_hits_ = false;
  untested_ = 0;
  retest_at_.reset();
  ++metrics_.epochs_opened;
  begin_wanted(epoch);
  emit(OpenSnapshot{number, closed_snapshot_.xmax() == 0 ? std::string() : closed_snapshot_.text(),
                    std::exchange(epoch.main_batch, {})});
}

void LiveState::Core::snapshot_opened(SnapshotOpened event) {
  Epoch* epoch = find_epoch(event.epoch);
  if (epoch == nullptr || epoch->phase != Epoch::Phase::kOpening) return;
  epoch->phase = Epoch::Phase::kClosing;
  epoch->snapshot = std::move(event.snapshot);
  open_failures_ = 0;
  open_not_before_.reset();
  const bool fresh =
      std::any_of(log_.pending().begin(), log_.pending().end(), [](const Logged* l) { return !l->tested; });
  const auto visible = [&](const Logged& logged) {
    return mutant::kDecodedIsVisible || epoch->snapshot.sees(logged.transaction.xid);
  };
  const std::vector<Logged*> settled = log_.settle(epoch->number, visible);
  for (Logged* logged : settled) become_visible(*logged, epoch->number);
  retest_later(fresh || !settled.empty());
  epoch->fates_known = event.fates.has_value();
  if (event.fates) {
    for (const wire::XidFate& fate : *event.fates) {
      if (fate.fate == wire::Fate::kCommitted && !decoded_.contains(fate.xid))
        epoch->undecoded.insert(fate.xid);
    }
    if (!epoch->undecoded.empty()) epoch->fence_due = now_ + limits_.fence_after;
  } else {
    emit_fence(*epoch, false);
  }
  try_close(*epoch);
  pump();
}

void LiveState::Core::retest_later(bool progress) {
  if (mutant::kNoRetest) return;
  const bool wanted = std::any_of(log_.pending().begin(), log_.pending().end(), [](const Logged* logged) {
    return !logged->hits.empty() || logged->everyone > 0;
  });
  if (!wanted && patient_.empty()) return;
  retest_step_ = progress ? 0 : std::min(retest_step_ + 1, kRetest.size() - 1);
  retest_at_ = now_ + kRetest[retest_step_];
}

void LiveState::Core::try_close(Epoch& epoch) {
  if (epoch.phase != Epoch::Phase::kClosing) return;
  if ((epoch.fates_known && epoch.undecoded.empty()) || mutant::kPublishBeforeClosure) close(epoch);
}

void LiveState::Core::close(Epoch& epoch) {
  epoch.phase = Epoch::Phase::kClosed;
  epoch.fence_due.reset();
  epoch.undecoded.clear();
  opening_ = kNoEpoch;
  newest_ = epoch.number;
  closed_snapshot_ = epoch.snapshot;
  ++metrics_.epochs_closed;
  std::erase_if(decoded_, [&](wire::Xid xid) { return closed_snapshot_.sees(xid); });
  log_.drop_seen_by(oldest_needed());
  for (std::vector<Timeline*>* list : {&awaiting_, &patient_}) {
    ready_.insert(ready_.end(), list->begin(), list->end());
    list->clear();
  }
}

EpochNumber LiveState::Core::oldest_needed() const {
  EpochNumber oldest = newest_;
  for (const auto& [number, epoch] : epochs_) oldest = std::min(oldest, number);
  return oldest;
}

void LiveState::Core::emit_fence(Epoch& epoch, bool again) {
  metrics_.fences += !again;
  metrics_.fences_repeated += again;
  epoch.nonces.push_back(nonce_);
  epoch.fence_due = now_ + limits_.fence_timeout;
  emit(EmitFence{nonce_++});
}

void LiveState::Core::fence_timers() {
  Epoch* epoch = find_epoch(opening_);
  if (epoch == nullptr || !epoch->fence_due || *epoch->fence_due > now_) return;
  emit_fence(*epoch, !epoch->nonces.empty());
}

void LiveState::Core::epoch_failed(EpochNumber number) {
  Epoch* epoch = find_epoch(number);
  if (epoch == nullptr) return;
  ++metrics_.epochs_failed;
  std::vector<RunId> lost;
  for (const auto& [id, run] : runs_) {
    if (run.epoch == number) lost.push_back(id);
  }
  for (RunId id : lost) {
    if (LiveQuery* query = end_run(id, number)) run_failed(*query);
  }
  if (opening_ == number) opening_ = kNoEpoch;
  for (const auto& query : queries_) {
    if (query && query->requested == number) query->requested = kNoEpoch;
  }
  epochs_.erase(number);
  const int doublings = std::min(open_failures_++, 7);
  open_not_before_ = now_ + milliseconds(10) * (1 << doublings);
  if (!log_.pending().empty() || !patient_.empty()) retest_at_ = *open_not_before_;
  pump();
}

void LiveState::Core::hand_out(Epoch& epoch) {
  if (epoch.phase == Epoch::Phase::kOpening) return;
  // Runs whose query went while they waited for the snapshot are asked of nobody.
  for (std::vector<RunRequest>* batch : {&epoch.main_batch, &epoch.worker_alone, &epoch.worker_batch})
    std::erase_if(*batch, [&](const RunRequest& request) { return !runs_.contains(request.run); });
  if (!epoch.main_batch.empty()) emit(RunAtEpoch{epoch.number, std::exchange(epoch.main_batch, {})});
  for (RunRequest& request : std::exchange(epoch.worker_alone, {})) {
    std::vector<RunRequest> alone;
    alone.push_back(std::move(request));
    emit(RunOnWorker{epoch.number, std::move(alone)});
  }
  std::vector<RunRequest> batch;
  for (RunRequest& request : std::exchange(epoch.worker_batch, {})) {
    batch.push_back(std::move(request));
    if (batch.size() == limits_.trial_batch) emit(RunOnWorker{epoch.number, std::exchange(batch, {})});
  }
  if (!batch.empty()) emit(RunOnWorker{epoch.number, std::move(batch)});
}

void LiveState::Core::close_connections() {
  for (auto at = epochs_.begin(); at != epochs_.end();) {
    Epoch& epoch = at->second;
    const bool idle = epoch.phase == Epoch::Phase::kClosed && epoch.main_runs == 0 && epoch.holds == 0;
    if (epoch.connection && idle) {
      epoch.connection = false;
      emit(CloseEpoch{epoch.number});
    }
    if (!epoch.connection && epoch.worker_runs == 0)
      at = epochs_.erase(at);
    else
      ++at;
  }
}

}  // namespace freshet::live
