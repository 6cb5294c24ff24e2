#include "app/scheduled_jobs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "app/service_job.h"

namespace freshet::app {
namespace {

using base::Error;
using base::Result;
using std::chrono::milliseconds;

constexpr int kBatch = 100;
// A commit is decoded a moment before it is visible: from question to question until it is.
constexpr std::array<milliseconds, 4> kLooks{milliseconds(2), milliseconds(10), milliseconds(100),
                                             milliseconds(500)};
// The database's clock may be set while we wait by ours.
constexpr std::chrono::minutes kLongestWait{10};
constexpr std::chrono::seconds kAfterTrouble{1};
constexpr std::chrono::minutes kInQueue{10};

}  // namespace

bool ScheduledJobs::touches(const wire::Transaction& transaction) const {
  if (transaction.everything || tables_.empty()) return true;
  const auto is_ours = [this](const auto& change) {
    return std::find(tables_.begin(), tables_.end(), change.table) != tables_.end();
  };
  return std::any_of(transaction.tables.begin(), transaction.tables.end(), is_ours) ||
         std::any_of(transaction.rows.begin(), transaction.rows.end(), is_ours);
}

void ScheduledJobs::stream_started() {
  live_ = true;
  pending_.clear();
  ask_anew();
}

void ScheduledJobs::decoded(const wire::Transaction& transaction) {
  if (workers_ == 0 || !touches(transaction)) return;
  pending_.insert(transaction.xid);
  looks_ = 0;
  full_.clear();
  ask_anew();
}

void ScheduledJobs::tick() {
  if (!live_) ask_anew();
}

void ScheduledJobs::look(base::TimePoint now) {
  if (!next_look_ || *next_look_ > now) return;
  next_look_.reset();
  full_.clear();
  ask_anew();
}

void ScheduledJobs::look_within(base::Duration wait) {
  const base::TimePoint then = clock_.now() + wait;
  if (!next_look_ || then < *next_look_) next_look_ = then;
}

void ScheduledJobs::prune(std::chrono::hours keep) {
  if (workers_ == 0) return;
  ask_database<bool>(
      pool_, loop_,
      [keep](postgres::ServiceSession& database) -> Result<bool> {
        if (Result<void> pruned = postgres::prune_jobs(database, keep); !pruned) return pruned.error();
        return true;
      },
      [](const Result<bool>& pruned) {
        if (!pruned) spdlog::warn("finished jobs can't be forgotten now: {}", pruned.error().message);
      });
}

// A question that is under way may have been asked too early.
void ScheduledJobs::ask_anew() {
  if (workers_ == 0) return;
  if (asking_ || !ready_.empty()) {
    ask_again_ = true;
  } else {
    ask();
  }
}

void ScheduledJobs::ask() {
  asking_ = true;
  ++counts_.questions;
  ask_again_ = false;
  next_look_.reset();
  const std::vector<std::string> full(full_.begin(), full_.end());
  ask_database<postgres::DueJobs>(
      pool_, loop_,
      [full](postgres::ServiceSession& database) { return postgres::due_jobs(database, kBatch, full); },
      [this](Result<postgres::DueJobs> due) { take(std::move(due)); });
}

void ScheduledJobs::take(Result<postgres::DueJobs> due) {
  asking_ = false;
  if (!due) {
    if (!std::exchange(troubled_, true)) spdlog::warn("jobs: {}", due.error().message);
    return look_within(kAfterTrouble);
  }
  troubled_ = false;
  tables_ = std::move(due->tables);
  std::erase_if(pending_, [&](wire::Xid xid) { return due->snapshot.sees(xid); });
  more_ = due->jobs.size() >= static_cast<std::size_t>(kBatch);
  for (postgres::DueJob& job : due->jobs) {
    if (begun_.insert(job.id).second) ready_.push_back(std::move(job));
  }
  if (due->next) look_within(std::min<base::Duration>(*due->next, kLongestWait));
  if (!pending_.empty()) {
    look_within(kLooks[looks_]);
    looks_ = std::min(looks_ + 1, kLooks.size() - 1);
  }
  begin();
}

void ScheduledJobs::begin() {
  while (running_ < workers_ && !ready_.empty()) {
    auto job = std::make_shared<const postgres::DueJob>(std::move(ready_.front()));
    ready_.pop_front();
    ++running_;
    postgres::Job work;
    work.expires = clock_.now() + kInQueue;
    work.run = [this, job](postgres::Worker& worker) {
      const postgres::JobOutcome outcome = postgres::run_job(worker, *job, clock_, random_);
      loop_.post([this, job, outcome] { finished(*job, outcome); });
    };
    work.fail = [this, job](const Error&) {
      loop_.post([this, job] { finished(*job, postgres::JobOutcome::kUnknown); });
    };
    pool_.submit(postgres::Lane::kScheduled, std::move(work));
  }
  if (ready_.empty() && !asking_ && (ask_again_ || (more_ && running_ < workers_))) ask();
}

void ScheduledJobs::finished(const postgres::DueJob& job, postgres::JobOutcome outcome) {
  --running_;
  begun_.erase(job.id);
  switch (outcome) {
    case postgres::JobOutcome::kDone:
      ++counts_.done;
      break;
    case postgres::JobOutcome::kFailed:
      ++counts_.failed;
      break;
    case postgres::JobOutcome::kBusy:
      // What waits behind it in the same queue would be told the same.
      full_.insert(job.queue);
      std::erase_if(ready_, [&](const postgres::DueJob& other) {
        return other.queue == job.queue && begun_.erase(other.id) == 1;
      });
      look_within(std::chrono::seconds(1));
      break;
    case postgres::JobOutcome::kGone:
      break;
    case postgres::JobOutcome::kUnknown:
      look_within(kAfterTrouble);
      break;
  }
  begin();
}

}  // namespace freshet::app
