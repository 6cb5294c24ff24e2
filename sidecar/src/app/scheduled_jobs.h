#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/live_loop.h"
#include "base/clock.h"
#include "base/random.h"
#include "postgres/scheduled_jobs.h"
#include "postgres/worker_pool.h"
#include "wire/transaction.h"

namespace freshet::app {

struct JobCounts {
  std::uint64_t questions = 0;  // what is due
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
};

// Begins scheduled jobs when they are due, as many at once as there are workers for them. The change stream
// says when jobs, queues or crons have changed, and the database when something becomes due without that; no
// row is asked for in between. While there is no stream it is asked every second. On the loop's thread.
class ScheduledJobs {
 public:
  // `workers` 0: this gateway runs none.
  ScheduledJobs(postgres::WorkerPool& pool, LiveLoop& loop, const base::Clock& clock, base::Random& random,
                int workers)
      : pool_(pool), loop_(loop), clock_(clock), random_(random), workers_(workers) {}

  void stream_started();
  void stream_lost() { live_ = false; }
  void decoded(const wire::Transaction& transaction);

  // Every second or so.
  void tick();
  std::optional<base::TimePoint> deadline() const { return next_look_; }
  void look(base::TimePoint now);
  void prune(std::chrono::hours keep);

  JobCounts counts() const { return counts_; }

 private:
  bool touches(const wire::Transaction& transaction) const;
  void ask_anew();
  void ask();
  void take(base::Result<postgres::DueJobs> due);
  void look_within(base::Duration wait);
  void begin();
  void finished(const postgres::DueJob& job, postgres::JobOutcome outcome);

  postgres::WorkerPool& pool_;
  LiveLoop& loop_;
  const base::Clock& clock_;
  base::Random& random_;
  const int workers_;

  bool live_ = false;  // there is a stream
  std::vector<wire::TableId> tables_;
  std::set<wire::Xid> pending_;  // decoded, and not seen by a question yet
  std::size_t looks_ = 0;        // for these
  bool asking_ = false;
  bool ask_again_ = false;
  bool more_ = false;      // the last answer was as long as it may be
  bool troubled_ = false;  // the last question failed
  std::optional<base::TimePoint> next_look_;

  std::deque<postgres::DueJob> ready_;
  std::set<std::int64_t> begun_;  // ready or running here
  int running_ = 0;
  std::set<std::string> full_;  // queues, until something changes
  JobCounts counts_;
};

}  // namespace freshet::app
