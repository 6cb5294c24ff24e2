#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "postgres/service_session.h"
#include "postgres/worker_pool.h"
#include "wire/snapshot.h"
#include "wire/transaction.h"

// Jobs that freshet.schedule() and freshet.cron() made (docs/jobs.md), as a gateway sees them.
namespace freshet::postgres {

struct DueJob {
  std::int64_t id = 0;
  std::string place;  // of its row
  std::string queue;
  int attempt = 0;  // attempts that failed before
};

struct DueJobs {
  std::vector<wire::TableId> tables;              // whose changes may make something due
  wire::Snapshot snapshot;                        // what it sees was considered
  std::vector<DueJob> jobs;                       // that nobody runs
  std::optional<std::chrono::milliseconds> next;  // when to ask again although none of the tables changed
};

// Up to `count` jobs that could begin now, without those of the queues `full`.
base::Result<DueJobs> due_jobs(ServiceSession& database, int count, const std::vector<std::string>& full);

// Forgets jobs that finished longer ago.
base::Result<void> prune_jobs(ServiceSession& database, std::chrono::hours keep);

enum class JobOutcome : std::uint8_t {
  kDone,
  kFailed,  // recorded: it will be tried again, or has failed for good
  kBusy,    // its queue runs as many as it may
  kGone,    // somebody else has it, or had it
  kUnknown  // the database went away; the next due_jobs() knows
};

// One attempt, in a transaction with its effects; again with jittered back-off where contention undid it.
// Blocks the worker.
JobOutcome run_job(Worker& worker, const DueJob& job, const base::Clock& clock, base::Random& random);

}  // namespace freshet::postgres
