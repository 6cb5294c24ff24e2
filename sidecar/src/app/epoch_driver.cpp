#include "app/epoch_driver.h"

#include <spdlog/spdlog.h>

#include <future>

#include "base/encoding.h"
#include "postgres/control_message.h"
#include "postgres/database.h"

namespace freshet::app {
namespace {

constexpr std::chrono::seconds kImportPatience{10};
constexpr wire::Xid kAlwaysVisible = 2;  // older than every snapshot

}  // namespace

EpochDriver::EpochDriver(LiveLoop& loop, postgres::WorkerPool& pool, Health& health, const base::Clock& clock,
                         base::Random& random)
    : loop_(loop),
      pool_(pool),
      health_(health),
      clock_(clock),
      random_(random),
      runner_(pool, *this, random) {}

EpochDriver::~EpochDriver() = default;

void EpochDriver::begin(live::Settings settings, LiveOutput& output) {
  output_ = &output;
  state_ = std::make_unique<live::LiveState>(std::move(settings));
}

void EpochDriver::use_stream(postgres::ReplicationReader& reader, postgres::StreamBacklog& backlog) {
  reader_ = &reader;
  backlog_ = &backlog;
}

// One member per action; the order of the actions is the core's.
struct EpochDriver::Perform {
  EpochDriver& driver;

  void operator()(live::OpenSnapshot& action) { driver.runner_.open(std::move(action)); }
  void operator()(live::RunAtEpoch& action) { driver.runner_.run(std::move(action)); }
  void operator()(live::RunOnWorker& action) { driver.runner_.run_on_worker(std::move(action)); }
  void operator()(live::CloseEpoch& action) { driver.runner_.close(action); }
  void operator()(live::CancelRun& action) { driver.runner_.cancel(action); }
  void operator()(live::EmitFence& action) {
    driver.emit({postgres::fence_message(driver.key_, action.nonce)});
  }
  void operator()(live::SendInterest& action) {
    driver.emit(postgres::interest_messages(driver.key_, action));
  }
  void operator()(live::Deliver& action) { driver.output_->deliver(std::move(action)); }
  void operator()(live::SubscriptionRefused& action) { driver.output_->refuse(std::move(action)); }
  void operator()(live::Answer& action) { driver.output_->answer(std::move(action)); }
  void operator()(live::RunDirectly& action) { driver.output_->run_directly(action); }
  void operator()(live::CatalogChanged&) { driver.output_->catalog_changed(); }
  void operator()(live::Rerun& action) { driver.output_->rerun(std::move(action)); }
  void operator()(live::RestartStream& action) {
    if (driver.reader_ != nullptr) driver.reader_->restart(action.reason);
  }
};

void EpochDriver::settle() {
  if (!state_) return;
  const base::TimePoint now = clock_.now();
  if (const auto due = state_->next_deadline(); due && *due <= now) state_->tick(now);
  // What is carried out may itself tell the core something.
  for (std::vector<live::Action> actions = state_->take_actions(); !actions.empty();
       actions = state_->take_actions()) {
    for (live::Action& action : actions) std::visit(Perform{*this}, action);
  }
  const std::lock_guard lock(metrics_mutex_);
  metrics_ = state_->metrics();
}

std::optional<base::TimePoint> EpochDriver::deadline() const {
  return state_ ? state_->next_deadline() : std::nullopt;
}

live::Metrics EpochDriver::metrics() const {
  const std::lock_guard lock(metrics_mutex_);
  return metrics_;
}

void EpochDriver::everything_changed() {
  wire::Transaction transaction;
  transaction.xid = kAlwaysVisible;
  transaction.everything = true;
  if (state_) state_->transaction_decoded(clock_.now(), std::move(transaction));
}

void EpochDriver::emit(std::vector<std::string> messages) {
  // One job, so that a watch and an unwatch of one version stay together and in order. A failure is answered
  // by nobody: the core sends again after its time-out.
  postgres::Job job;
  job.expires = clock_.now() + kImportPatience;
  job.run = [messages = std::move(messages)](postgres::Worker& worker) {
    for (const std::string& message : messages) {
      if (auto emitted = postgres::emit_control(worker.connection(), message); !emitted) {
        spdlog::warn("control message: {}", emitted.error().message);
        worker.connection().condemn();
        return;
      }
    }
  };
  job.fail = [](const base::Error& error) { spdlog::warn("control message: {}", error.message); };
  pool_.submit(postgres::Lane::kControl, std::move(job));
}

void EpochDriver::snapshot_opened(live::SnapshotOpened event, std::string system) {
  loop_.run([this, event = std::move(event), system = std::move(system)]() mutable {
    if (!system_.empty() && system != system_ && reader_ != nullptr) {
      // Another server answers than the one whose stream is read: nothing learnt so far is comparable.
      reader_->restart("the database is another one than before: " + system_ + " became " + system);
    }
    system_ = system;
    output_->before_snapshot(event.snapshot);
    state_->snapshot_opened(clock_.now(), std::move(event));
  });
}

void EpochDriver::epoch_failed(live::EpochFailed event) {
  loop_.run([this, event] { state_->epoch_failed(clock_.now(), event); });
}

void EpochDriver::runs_finished(live::RunsFinished event) {
  loop_.run(
      [this, event = std::move(event)]() mutable { state_->runs_finished(clock_.now(), std::move(event)); });
}

void EpochDriver::runs_failed(live::RunsFailed event) {
  loop_.run(
      [this, event = std::move(event)]() mutable { state_->runs_failed(clock_.now(), std::move(event)); });
}

std::optional<wire::Snapshot> EpochDriver::import_snapshot(const std::string& exported) {
  auto promise = std::make_shared<std::promise<std::optional<wire::Snapshot>>>();
  std::future<std::optional<wire::Snapshot>> answer = promise->get_future();
  postgres::Job job;
  job.expires = clock_.now() + kImportPatience;
  job.run = [promise, exported](postgres::Worker& worker) {
    auto snapshot = postgres::exported_snapshot(worker.service(), exported);
    if (!snapshot) spdlog::warn("snapshot of the slot: {}", snapshot.error().message);
    promise->set_value(snapshot ? std::optional(*std::move(snapshot)) : std::nullopt);
  };
  job.fail = [promise](const base::Error&) { promise->set_value(std::nullopt); };
  pool_.submit(postgres::Lane::kService, std::move(job));
  if (answer.wait_for(kImportPatience) != std::future_status::ready) return std::nullopt;
  return answer.get();
}

void EpochDriver::stream_started(const wire::Snapshot& snapshot, const wire::SipKey& key) {
  health_.content("stream");
  spdlog::info("change stream started");
  loop_.post([this, snapshot, key] {
    key_ = key;
    system_.clear();
    runner_.set_image_key(base::to_hex({reinterpret_cast<const char*>(key.bytes), sizeof key.bytes}));
    output_->before_stream(snapshot);
    state_->stream_started(clock_.now(), {snapshot});
  });
}

void EpochDriver::item(wire::StreamItem item, std::size_t bytes) {
  loop_.run([this, item = std::move(item), bytes]() mutable {
    take_item(item);
    backlog_->taken(bytes);
  });
}

void EpochDriver::take_item(wire::StreamItem& item) {
  const base::TimePoint now = clock_.now();
  if (auto* transaction = std::get_if<wire::Transaction>(&item)) {
    output_->before_transaction(*transaction);
    state_->transaction_decoded(now, std::move(*transaction));
  } else if (const auto* fence = std::get_if<wire::Fence>(&item)) {
    state_->fence_seen(now, fence->nonce);
  } else if (const auto* confirmed = std::get_if<wire::InterestConfirmed>(&item)) {
    state_->interest_confirmed(now, confirmed->version);
  } else if (const auto* ignored = std::get_if<wire::ControlIgnored>(&item)) {
    spdlog::warn("{} control messages without our signature were ignored in this stream", ignored->count);
  }
}

void EpochDriver::stream_lost(const std::string& reason) {
  health_.complain("stream", with_remedy(reason));
  loop_.post([this] {
    if (!state_) return;
    output_->before_stream_lost();
    state_->stream_lost(clock_.now());
  });
}

void EpochDriver::slot_waits(std::optional<int> pid) {
  slot_waits_ = pid.has_value();
  if (!pid) return health_.content("slot");
  postgres::Job job;
  job.expires = clock_.now() + kImportPatience;
  job.run = [this, pid = *pid](postgres::Worker& worker) {
    auto blockers = postgres::slot_blockers(worker.service(), pid);
    if (!blockers) return worker.service().condemn();
    std::string who;
    if (!slot_waits_) return;
    for (const std::string& blocker : *blockers) who += (who.empty() ? "" : ", ") + blocker;
    health_.complain(
        "slot",
        "the replication slot waits for running transactions" + (who.empty() ? "" : ", blocked by " + who) +
            "; one-shot calls work meanwhile. Remedy: end them (pg_terminate_backend, ROLLBACK PREPARED)");
  };
  job.fail = [](const base::Error&) {};
  pool_.submit(postgres::Lane::kService, std::move(job));
}

}  // namespace freshet::app
