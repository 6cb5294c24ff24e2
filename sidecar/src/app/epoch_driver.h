#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "app/health.h"
#include "app/live_loop.h"
#include "base/clock.h"
#include "base/random.h"
#include "live/live_state.h"
#include "postgres/epoch_runner.h"
#include "postgres/replication_reader.h"
#include "postgres/worker_pool.h"

namespace freshet::app {

// What the live core wants done that is not the database's business, and what it is about to be told. Called
// by tasks of the loop.
class LiveOutput {
 public:
  virtual ~LiveOutput() = default;
  virtual void deliver(live::Deliver action) = 0;
  virtual void refuse(live::SubscriptionRefused action) = 0;
  virtual void answer(live::Answer action) = 0;
  virtual void run_directly(live::RunDirectly action) = 0;
  virtual void catalog_changed() = 0;
  virtual void rerun(live::Rerun action) = 0;

  // Each before the core is told.
  virtual void before_stream(const wire::Snapshot& snapshot) = 0;
  virtual void before_stream_lost() = 0;
  virtual void before_transaction(const wire::Transaction& transaction) = 0;
  virtual void before_snapshot(const wire::Snapshot& snapshot) = 0;
};

// Joins the live core to the database: hands it what workers and the stream report, in order, on the loop's
// thread, and carries out what it wants done. Everything runs on the loop's thread but the two events
// interfaces.
class EpochDriver final : public postgres::EpochEvents, public postgres::StreamEvents {
 public:
  EpochDriver(LiveLoop& loop, postgres::WorkerPool& pool, Health& health, const base::Clock& clock,
              base::Random& random);
  ~EpochDriver() override;

  // Once, before the stream starts.
  void begin(live::Settings settings, LiveOutput& output);
  void use_stream(postgres::ReplicationReader& reader, postgres::StreamBacklog& backlog);

  // Null until begin().
  live::LiveState* state() { return state_.get(); }
  base::TimePoint now() const { return clock_.now(); }

  // After any events: carries out what they led to.
  void settle();
  std::optional<base::TimePoint> deadline() const;

  // Something changed that no stream reports: everything is asked again.
  void everything_changed();

  live::Metrics metrics() const;  // any thread

  // postgres::EpochEvents, on workers' threads
  void snapshot_opened(live::SnapshotOpened event, std::string system) override;
  void epoch_failed(live::EpochFailed event) override;
  void runs_finished(live::RunsFinished event) override;
  void runs_failed(live::RunsFailed event) override;

  // postgres::StreamEvents, on the reader's thread
  std::optional<wire::Snapshot> import_snapshot(const std::string& exported) override;
  void stream_started(const wire::Snapshot& snapshot, const wire::SipKey& key) override;
  void item(wire::StreamItem item, std::size_t bytes) override;
  void stream_lost(const std::string& reason) override;
  void slot_waits(std::optional<int> pid) override;

 private:
  struct Perform;
  void take_item(wire::StreamItem& item);
  void emit(std::vector<std::string> messages);

  LiveLoop& loop_;
  postgres::WorkerPool& pool_;
  Health& health_;
  const base::Clock& clock_;
  base::Random& random_;
  postgres::EpochRunner runner_;
  postgres::ReplicationReader* reader_ = nullptr;
  postgres::StreamBacklog* backlog_ = nullptr;
  LiveOutput* output_ = nullptr;
  std::unique_ptr<live::LiveState> state_;
  wire::SipKey key_{};
  std::string system_;  // "systemid/timeline" of this stream's life

  std::atomic<bool> slot_waits_{false};
  mutable std::mutex metrics_mutex_;
  live::Metrics metrics_;
};

}  // namespace freshet::app
