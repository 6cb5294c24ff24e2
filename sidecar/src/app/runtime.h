#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "app/api_keys.h"
#include "app/calls.h"
#include "app/database_watch.h"
#include "app/epoch_driver.h"
#include "app/health.h"
#include "app/live_loop.h"
#include "app/observations.h"
#include "app/recent_writes.h"
#include "app/scheduled_jobs.h"
#include "app/session_records.h"
#include "app/sessions.h"
#include "app/settings.h"
#include "base/clock.h"
#include "base/random.h"
#include "postgres/reconnect.h"
#include "postgres/replication_reader.h"
#include "postgres/worker_pool.h"
#include "session/backend.h"

namespace freshet::app {

// Everything behind the edge: the database's workers, the change stream, the live loop and what lives on it.
// Owned by wiring; outlives the Server. As a Backend it posts to the loop, so its methods may be called from
// any thread.
class Runtime final : public session::Backend, private LiveOutput {
 public:
  // `tokens` judges what is no API key; null: every token is refused. It outlives this.
  Runtime(const Settings& settings, access::Authenticator* tokens);
  ~Runtime() override;

  void start();
  // After the edge has stopped. Returns within about `grace`.
  void stop(std::chrono::milliseconds grace);

  // Who is behind a token or an API key.
  access::Authenticator& authenticator() { return api_keys_; }

  // session::Backend
  void open(session::ConnectionId id, std::shared_ptr<session::SessionSink> sink,
            session::Hello hello) override;
  void set_identity(session::ConnectionId id, access::IdentityPtr identity) override;
  void subscribe(session::ConnectionId id, session::Subscribe subscription) override;
  void unsubscribe(session::ConnectionId id, std::uint64_t subscription) override;
  void query(session::ConnectionId id, std::uint64_t request, session::Call call) override;
  void mutate(session::ConnectionId id, std::uint64_t request, session::Call call,
              access::IdentityPtr identity) override;
  void act(session::ConnectionId id, std::uint64_t request, session::Call call,
           access::IdentityPtr identity) override;
  void ack(session::ConnectionId id, std::uint64_t upto) override;
  void set_writable(session::ConnectionId id, bool writable) override;
  void disconnect(session::ConnectionId id) override;
  void call(session::OneShot call, std::function<void(session::Answer)> done) override;
  void inspect(session::Inspection asked, std::function<void(base::Result<std::string>)> done) override;
  void batch(session::Batch batch, std::function<void(session::BatchAnswer)> done) override;
  std::shared_ptr<const session::Catalog> catalog() const override;
  void on_catalog(std::function<void()> changed) override;
  session::Readiness readiness() const override;
  std::string metrics() const override;

 private:
  // LiveOutput, on the loop's thread
  void deliver(live::Deliver action) override { sessions_.deliver(std::move(action)); }
  void refuse(live::SubscriptionRefused action) override { sessions_.refuse(std::move(action)); }
  void answer(live::Answer action) override { calls_.answer(std::move(action)); }
  void run_directly(live::RunDirectly action) override { calls_.run_directly(action); }
  void catalog_changed() override { watch_.catalog_changed(); }
  void rerun(live::Rerun action) override;
  void before_stream(const wire::Snapshot& snapshot) override {
    api_keys_.stream_started(snapshot);
    jobs_.stream_started();
  }
  void before_stream_lost() override {
    api_keys_.stream_lost();
    jobs_.stream_lost();
  }
  void before_transaction(const wire::Transaction& transaction) override {
    api_keys_.decoded(transaction);
    jobs_.decoded(transaction);
  }
  void before_snapshot(const wire::Snapshot& snapshot) override { api_keys_.snapshot_opened(snapshot); }

  void database_ready(const std::string& gateway_key);
  void use_catalog(std::shared_ptr<const CatalogVersion> catalog);
  void settle();
  std::optional<base::TimePoint> deadline() const;
  void inspect_on_loop(const session::Inspection& asked, std::function<void(base::Result<std::string>)> done);
  void call_on_loop(session::OneShot call, std::function<void(session::Answer)> done);
  void batch_on_loop(session::Batch batch, std::function<void(session::BatchAnswer)> done);

  const Settings settings_;
  base::SteadyClock clock_;
  base::SystemRandom random_;
  Health health_;
  // Destroyed after everything that posts to it or is posted to has gone: see stop().
  LiveLoop loop_{clock_};
  postgres::Reconnect reconnect_{clock_, random_};
  postgres::WorkerPool pool_;
  postgres::StreamBacklog backlog_;
  EpochDriver driver_;
  postgres::ReplicationReader reader_;
  SessionRecords records_;
  Observations observations_;
  Calls calls_;
  Sessions sessions_;
  ScheduledJobs jobs_;
  DatabaseWatch watch_;
  ApiKeys api_keys_;
  RecentWrites recent_writes_;

  base::TimePoint next_tick_{};
  base::TimePoint next_prune_{};
  base::TimePoint next_note_{};

  std::shared_ptr<const CatalogVersion> current_;  // on the loop's thread
  mutable std::mutex shown_mutex_;
  std::shared_ptr<const session::Catalog> shown_;
  JobCounts job_counts_;
  CallCounts counts_;  // copied for other threads
  std::mutex listener_mutex_;
  std::function<void()> catalog_listener_;
};

}  // namespace freshet::app
