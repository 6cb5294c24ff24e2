#pragma once

#include <string>

#include "app/calls.h"
#include "app/scheduled_jobs.h"
#include "live/metrics.h"
#include "postgres/worker_pool.h"

namespace freshet::app {

// One reading of everything that the runtime counts.
struct MetricsReading {
  live::Metrics live;
  CallCounts calls;
  JobCounts jobs;
  postgres::PoolCounts pool;
  std::uint64_t stream_messages = 0;
  std::uint64_t stream_bytes = 0;
  std::uint64_t stream_starts = 0;
  std::uint64_t stream_losses = 0;
  std::uint64_t stream_collapsed = 0;
  std::uint64_t stream_backlog_bytes = 0;
  bool ready = false;
};

// In the text format of Prometheus.
std::string metrics_text(const MetricsReading& reading);

}  // namespace freshet::app
