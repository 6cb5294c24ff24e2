#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "live/actions.h"
#include "live/events.h"
#include "postgres/query_batch.h"
#include "postgres/worker_pool.h"

namespace freshet::postgres {

// Where the answers go. Called on workers' threads, in the order that live/actions.h promises; never blocks.
class EpochEvents {
 public:
  virtual ~EpochEvents() = default;
  virtual void snapshot_opened(live::SnapshotOpened event, std::string system) = 0;
  virtual void epoch_failed(live::EpochFailed event) = 0;
  virtual void runs_finished(live::RunsFinished event) = 0;
  virtual void runs_failed(live::RunsFailed event) = 0;
};

inline constexpr std::chrono::milliseconds kFirstTry{250};

// Carries out the live core's database actions. An epoch holds one worker of lane kEpoch from open to close;
// BEGIN, the first run_queries and nothing else is one round trip. Slow runs go to lane kSlow, each on the
// exported snapshot, which the epoch's worker keeps open until all have imported it. Runs that share a batch
// get a first try of kFirstTry each; what takes longer is begun again by itself, with its whole deadline, so
// that none holds up its neighbours. Called by the live loop's thread; returns at once.
class EpochRunner {
 public:
  EpochRunner(WorkerPool& pool, EpochEvents& events, base::Random& random);
  ~EpochRunner();

  // Of the stream that is read now; runs return fingerprints under it.
  void set_image_key(std::string hex);

  void open(live::OpenSnapshot action);
  void run(live::RunAtEpoch action);
  void run_on_worker(live::RunOnWorker action);
  void close(live::CloseEpoch action);
  void cancel(live::CancelRun action);

 private:
  class Epoch;
  std::shared_ptr<Epoch> find(live::EpochNumber epoch);

  WorkerPool& pool_;
  EpochEvents& events_;
  base::Random& random_;
  std::string image_key_;
  std::map<live::EpochNumber, std::weak_ptr<Epoch>> epochs_;  // owned by the jobs that serve them
};

}  // namespace freshet::postgres
